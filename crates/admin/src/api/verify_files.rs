//! Domain ownership files.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use hufu_core::manage::ManageError;
use hufu_core::model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Page, done, ok};
use super::asked::Body;
use super::caller::Caller;
use super::connectors::{Health, health};
use super::told::told;
use crate::http::{Answer, Refusal};

/// A domain ownership file, served at the root of one host.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerifyFile {
    /// Host name.
    host: String,
    /// File name: `MP_verify_` + 16 letters or digits + `.txt`.
    name: String,
    /// Its content: those 16 characters.
    content: String,
}

/// What the file holds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyFileContent {
    /// The 16 characters that stand in its name.
    content: String,
}

fn shown(file: &model::VerifyFile) -> VerifyFile {
    VerifyFile {
        host: file.host.clone(),
        name: file.name(),
        content: file.token.clone(),
    }
}

/// Lists the ownership files of a tenant, by host
#[utoipa::path(get, path = "/tenants/{code}/verify-files", tag = "verify-files",
    responses((status = 200, description = "All files.", body = Page<VerifyFile>)))]
pub(super) async fn list_verify_files(caller: Caller, Path(code): Path<String>) -> Answer {
    let all = caller.access.tenant(&code).await?.verify_files().await?;
    Ok(Page::whole(all.iter().map(shown)).answer())
}

/// Serves an ownership file; again is no error
#[utoipa::path(put, path = "/tenants/{code}/verify-files/{host}/{name}", tag = "verify-files", request_body = VerifyFileContent,
    responses((status = 200, description = "It was there already.", body = VerifyFile),
        (status = 201, description = "It is served from now on.", body = VerifyFile)))]
pub(super) async fn put_verify_file(
    caller: Caller,
    Path((code, host, name)): Path<(String, String, String)>,
    Body(new): Body<VerifyFileContent>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    // Checked like a new one, so that the same wrong content is told the same whether or not the file is there.
    let wanted = model::VerifyFile::new(tenant.tenant().id, &host, &name, &new.content);
    let wanted = wanted.map_err(|error| told(ManageError::VerifyFile(error)))?;
    if tenant.verify_files().await?.contains(&wanted) {
        return Ok(ok(&shown(&wanted)));
    }
    let added = setup.add_verify_file(&host, &name, &new.content).await.map_err(told)?;
    Ok((StatusCode::CREATED, axum::Json(shown(&added))).into_response())
}

/// Takes an ownership file away
#[utoipa::path(delete, path = "/tenants/{code}/verify-files/{host}/{name}", tag = "verify-files",
    responses((status = 204, description = "It is no longer served.")))]
pub(super) async fn delete_verify_file(
    caller: Caller,
    Path((code, host, name)): Path<(String, String, String)>,
) -> Answer {
    let setup = caller.access.tenant(&code).await?.setup()?;
    let token = token_of(&name)?;
    setup
        .remove_verify_file(&host.to_ascii_lowercase(), token)
        .await
        .map_err(told)?;
    Ok(done())
}

/// Fetches an ownership file by its public URL, as WeChat does
#[utoipa::path(post, path = "/tenants/{code}/verify-files/{host}/{name}/probe", tag = "verify-files",
    responses((status = 200, description = "What was found.", body = Health)))]
pub(super) async fn probe_verify_file(
    caller: Caller,
    Path((code, host, name)): Path<(String, String, String)>,
) -> Answer {
    let setup = caller.access.tenant(&code).await?.setup()?;
    let found = setup.probe(&host.to_ascii_lowercase(), token_of(&name)?).await;
    Ok(ok(&health(Some(&found.map_err(told)?), caller.locale)))
}

fn token_of(name: &str) -> Result<&str, Refusal> {
    model::VerifyFile::token_of(name).ok_or(Refusal::NotFound)
}
