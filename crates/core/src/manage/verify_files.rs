//! Domain ownership files.

use serde_json::json;

use super::{ManageError, Manager, Result};
use crate::model::{Action, TenantCode, VerifyFile};
use crate::store::Change;

impl Manager {
    /// Adds a domain ownership file, served at `host`.
    ///
    /// # Errors
    /// [`ManageError::VerifyFile`] says what is wrong with it.
    pub async fn add_verify_file(
        &self,
        code: &TenantCode,
        host: &str,
        name: &str,
        content: &str,
    ) -> Result<VerifyFile> {
        let tenant = self.tenant(code).await?;
        let file = VerifyFile::new(tenant.id, host, name, content)?;
        let mut event = self.event(tenant.id, Action::VerifyFileAdd);
        event
            .detail
            .insert("file".to_owned(), json!({"host": file.host, "name": file.name()}));
        self.save(event, vec![Change::VerifyFile(file.clone())]).await?;
        Ok(file)
    }

    /// Takes a domain ownership file away.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn remove_verify_file(&self, code: &TenantCode, host: &str, token: &str) -> Result<()> {
        let tenant = self.tenant(code).await?;
        let files = self.store.list_verify_files(tenant.id).await?;
        let file = files
            .into_iter()
            .find(|file| file.host == host && file.token == token)
            .ok_or(ManageError::NotFound { what: "verify_file" })?;
        let mut event = self.event(tenant.id, Action::VerifyFileRemove);
        event
            .detail
            .insert("file".to_owned(), json!({"host": file.host, "name": file.name()}));
        self.save(event, vec![Change::RemoveVerifyFile(file)]).await
    }
}
