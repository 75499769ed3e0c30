//! Clients (relying parties).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::diff::changes;
use super::{ManageError, Manager, Result, checked_name, expect_version, protocols};
use crate::clock::{Timestamp, random_token};
use crate::ids::{ClientId, ConnectorId, TenantId};
use crate::model::{
    Action, AuditEvent, CallRule, Client, ClientKind, ClientProtocol, ClientSecret, KeyState, Rights, SnapshotPolicy,
    Status, SubjectType, Tenant, TenantCode,
};
use crate::network::Network;
use crate::oidc::{Scopes, SigningAlgorithm, validate_redirect_uri};
use crate::secret::{Digest256, SecretString};
use crate::store::Change;

/// What a new client is made from.
#[derive(Debug)]
pub struct NewClient {
    /// Name for people.
    pub name: String,
    /// Confidential or public.
    pub kind: ClientKind,
    /// Exact redirect URIs, at least one.
    pub redirect_uris: Vec<String>,
    /// Exact URIs for after a logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// Scopes it may ask for; empty: all but `offline_access`.
    pub scopes: Vec<String>,
    /// Connectors it may use; empty: all.
    pub connectors: Vec<ConnectorId>,
    /// Algorithm of its ID tokens.
    pub id_token_alg: SigningAlgorithm,
    /// What happens to snapshot visitors.
    pub snapshot_policy: SnapshotPolicy,
}

/// What an operator may edit of a client.
#[derive(Debug, Clone)]
pub struct ClientEdit {
    /// Name for people.
    pub name: String,
    /// Exact redirect URIs, at least one.
    pub redirect_uris: Vec<String>,
    /// Exact URIs for after a logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// Scopes it may ask for; empty: all but `offline_access`.
    pub scopes: Vec<String>,
    /// Connectors it may use; empty: all.
    pub connectors: Vec<ConnectorId>,
    /// Algorithm of its ID tokens.
    pub id_token_alg: SigningAlgorithm,
    /// What happens to snapshot visitors.
    pub snapshot_policy: SnapshotPolicy,
    /// Life of its tokens in seconds, 60 to 86400; `None`: the installation's.
    pub token_seconds: Option<u32>,
    /// What it may do beside logging people in; a public client nothing.
    pub rights: Rights,
    /// What it is allowed of the protocol.
    pub protocol: ClientProtocol,
}

/// What a new client may be given beside [`NewClient`].
#[derive(Debug, Clone, Default)]
pub struct ClientExtras {
    /// As in [`ClientEdit::token_seconds`].
    pub token_seconds: Option<u32>,
    /// As in [`ClientEdit::rights`].
    pub rights: Rights,
    /// As in [`ClientEdit::protocol`].
    pub protocol: ClientProtocol,
}

impl From<&Client> for ClientEdit {
    fn from(client: &Client) -> Self {
        Self {
            name: client.name.clone(),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            scopes: client.scopes.iter().map(str::to_owned).collect(),
            connectors: client.connectors.clone(),
            id_token_alg: client.id_token_alg,
            snapshot_policy: client.snapshot_policy,
            token_seconds: client.token_seconds,
            rights: client.rights.clone(),
            protocol: client.protocol.clone(),
        }
    }
}

/// Secrets of a client that work at the same time, at most.
const SECRETS: usize = 5;

/// How long an old client secret works beside the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretOverlap(pub Duration);

impl Manager {
    /// Adds a client. A confidential one gets a secret, shown once: only its digest is kept.
    ///
    /// # Errors
    /// What is wrong with the URIs or scopes.
    pub async fn add_client(&self, code: &TenantCode, new: NewClient) -> Result<(Client, Option<SecretString>)> {
        self.add_client_with(code, new, ClientExtras::default()).await
    }

    /// The same with what most clients are not given.
    ///
    /// # Errors
    /// What is wrong with the URIs, the scopes or the extras.
    pub async fn add_client_with(
        &self,
        code: &TenantCode,
        new: NewClient,
        extras: ClientExtras,
    ) -> Result<(Client, Option<SecretString>)> {
        let tenant = self.tenant(code).await?;
        check_uris(&new.redirect_uris, &new.post_logout_redirect_uris)?;
        check_life(extras.token_seconds)?;
        let rights = checked_rights(new.kind, extras.rights)?;
        self.check_connectors(tenant.id, &new.connectors).await?;
        let secret = (new.kind == ClientKind::Confidential).then(|| self.new_secret());
        let client = Client {
            id: ClientId::generate(&*self.clock, &*self.random),
            tenant_id: tenant.id,
            name: checked_name(&new.name)?,
            status: Status::Active,
            kind: new.kind,
            redirect_uris: new.redirect_uris,
            post_logout_redirect_uris: new.post_logout_redirect_uris,
            scopes: self.checked_scopes(&new.scopes)?,
            secrets: secret.iter().map(|(_, kept)| kept.clone()).collect(),
            connectors: new.connectors,
            id_token_alg: new.id_token_alg,
            snapshot_policy: new.snapshot_policy,
            token_seconds: extras.token_seconds,
            rights,
            protocol: protocols::checked(new.kind, extras.protocol)?,
            created_at: self.clock.now(),
            version: 1,
        };
        let mut event = self.event(tenant.id, Action::ClientAdd);
        event.detail.insert("client".to_owned(), json!(client));
        let first = self.first_of(&tenant, &client, &mut event).await?;
        let client = self.save_client_with(event, client, first).await?;
        Ok((client, secret.map(|(shown, _)| shown)))
    }

    /// Changes what an operator may edit of a client.
    /// What is as it was is not saved, and leaves no event.
    ///
    /// # Errors
    /// What is wrong with a value; [`ManageError::NotFound`]; [`ManageError::Conflict`] when the stored client is not
    /// the `expected` one.
    pub async fn change_client(
        &self,
        code: &TenantCode,
        id: ClientId,
        edit: ClientEdit,
        expected: Option<u32>,
    ) -> Result<Client> {
        let before = self.client(code, id).await?;
        expect_version(expected, before.version, "client")?;
        check_uris(&edit.redirect_uris, &edit.post_logout_redirect_uris)?;
        self.check_connectors(before.tenant_id, &edit.connectors).await?;
        check_life(edit.token_seconds)?;
        let after = Client {
            name: checked_name(&edit.name)?,
            redirect_uris: edit.redirect_uris,
            post_logout_redirect_uris: edit.post_logout_redirect_uris,
            scopes: self.checked_scopes(&edit.scopes)?,
            connectors: edit.connectors,
            id_token_alg: edit.id_token_alg,
            snapshot_policy: edit.snapshot_policy,
            token_seconds: edit.token_seconds,
            rights: checked_rights(before.kind, edit.rights)?,
            protocol: protocols::checked(before.kind, edit.protocol)?,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.tenant_id, Action::ClientChange);
        event.detail = changes(&*before, &after);
        // Fifteen settings in one line would not say which of them changed.
        if event.detail.remove("protocol").is_some() {
            let settings = changes(&before.protocol, &after.protocol);
            event.detail.extend(
                settings
                    .into_iter()
                    .map(|(name, pair)| (format!("protocol.{name}"), pair)),
            );
        }
        if event.detail.is_empty() {
            return Ok((*before).clone());
        }
        let tenant = self.tenant(code).await?;
        let first = self.first_of(&tenant, &after, &mut event).await?;
        self.save_client_with(event, after, first).await
    }

    /// What the tenant must have for a client that is its first to want it: a secret for pairwise subjects, and a key of
    /// each algorithm that the client is signed for.
    async fn first_of(&self, tenant: &Tenant, client: &Client, event: &mut AuditEvent) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        if client.protocol.subject_type == SubjectType::Pairwise && tenant.pairwise_salt.is_empty() {
            changes.push(Change::Tenant(Box::new(Tenant {
                pairwise_salt: random_token::<16>(&*self.random),
                version: tenant.version + 1,
                ..tenant.clone()
            })));
        }
        let mut wanted = vec![client.id_token_alg];
        wanted.extend(client.protocol.userinfo_signed_response_alg);
        wanted.dedup();
        let ring = self.key_ring(tenant).await?;
        wanted.retain(|algorithm| !ring.signs(*algorithm));
        if !wanted.is_empty() {
            changes.push(ring.turn(self.clock.now())?);
        }
        for algorithm in wanted {
            let key = self.new_key(tenant.id, algorithm, KeyState::Active).await?;
            event.detail.insert("key".to_owned(), json!(key.id));
            changes.push(Change::SigningKey(Box::new(key)));
        }
        Ok(changes)
    }

    /// Ends one of a client's secrets at once.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Conflict`].
    pub async fn end_client_secret(&self, code: &TenantCode, id: ClientId, made: Timestamp) -> Result<Client> {
        let before = self.client(code, id).await?;
        let mut secrets = before.secrets.clone();
        secrets.retain(|secret| secret.created_at != made);
        if secrets.len() == before.secrets.len() {
            return Err(ManageError::NotFound { what: "client_secret" });
        }
        let after = Client {
            secrets,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.tenant_id, Action::ClientRotateSecret);
        event.detail.insert("ended".to_owned(), json!(made.to_string()));
        self.save_client(event, after).await
    }

    /// The scopes that clients may be given, and what a client is given when none are named: all but `offline_access`.
    #[must_use]
    pub fn known_scopes(&self) -> Vec<&'static str> {
        let mut known = Scopes::STANDARD.to_vec();
        known.extend(self.providers.scopes());
        known
    }

    fn checked_scopes(&self, asked: &[String]) -> Result<Scopes> {
        let known = self.known_scopes();
        if asked.is_empty() {
            let usual: Vec<_> = known.into_iter().filter(|scope| *scope != "offline_access").collect();
            return Ok(Scopes::parse(&usual.join(" ")));
        }
        let scopes = Scopes::parse(&asked.join(" "));
        let unknown = scopes.iter().find(|scope| !known.contains(scope)).map(str::to_owned);
        match unknown {
            Some(scope) => Err(ManageError::Scope {
                scope,
                known: known.join(", "),
            }),
            None => Ok(scopes),
        }
    }

    async fn check_connectors(&self, tenant: TenantId, connectors: &[ConnectorId]) -> Result<()> {
        let store = self.store.begin(tenant);
        for id in connectors {
            let known = store.lookup_connector(*id).await?;
            known.ok_or(ManageError::NotFound { what: "connector" })?;
        }
        Ok(())
    }

    /// Enables or disables a client.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Conflict`].
    pub async fn set_client_status(&self, code: &TenantCode, id: ClientId, status: Status) -> Result<Client> {
        let before = self.client(code, id).await?;
        let after = Client {
            status,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.tenant_id, Action::ClientChange);
        event
            .detail
            .insert("status".to_owned(), json!({"before": before.status, "after": status}));
        self.save_client(event, after).await
    }

    /// Gives a client a new secret; the old ones end after the overlap.
    ///
    /// # Errors
    /// [`ManageError::PublicClient`], [`ManageError::NotFound`]; [`ManageError::Conflict`] when the stored client is
    /// not the `expected` one, so that a form that is sent twice makes one secret.
    pub async fn rotate_client_secret(
        &self,
        code: &TenantCode,
        id: ClientId,
        overlap: SecretOverlap,
        expected: Option<u32>,
    ) -> Result<(Client, SecretString)> {
        let before = self.client(code, id).await?;
        expect_version(expected, before.version, "client")?;
        if before.kind == ClientKind::Public {
            return Err(ManageError::PublicClient);
        }
        let now = self.clock.now();
        let end = now.plus(overlap.0);
        let still = |secret: &&ClientSecret| secret.expires_at.is_none_or(|at| now < at);
        let ending = |secret: &ClientSecret| ClientSecret {
            expires_at: Some(secret.expires_at.map_or(end, |at| at.min(end))),
            ..secret.clone()
        };
        let mut secrets: Vec<_> = before
            .secrets
            .iter()
            .filter(still)
            .map(ending)
            .filter(|s| s.expires_at > Some(now))
            .collect();
        if secrets.len() >= SECRETS {
            return Err(ManageError::TooManySecrets { limit: SECRETS });
        }
        let (shown, kept) = self.new_secret();
        secrets.push(kept);
        let after = Client {
            secrets,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.tenant_id, Action::ClientRotateSecret);
        event
            .detail
            .insert("old_secrets_end".to_owned(), json!(end.to_string()));
        Ok((self.save_client(event, after).await?, shown))
    }

    /// A client of a tenant.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn client(&self, code: &TenantCode, id: ClientId) -> Result<Arc<Client>> {
        let tenant = self.tenant(code).await?;
        self.store
            .begin(tenant.id)
            .lookup_client(id)
            .await?
            .ok_or(ManageError::NotFound { what: "client" })
    }

    async fn save_client(&self, event: AuditEvent, after: Client) -> Result<Client> {
        self.save_client_with(event, after, Vec::new()).await
    }

    /// The same with what changes beside it.
    async fn save_client_with(&self, mut event: AuditEvent, after: Client, mut changes: Vec<Change>) -> Result<Client> {
        event.client_id = Some(after.id);
        changes.push(Change::Client(Box::new(after.clone())));
        self.save(event, changes).await?;
        Ok(after)
    }

    fn new_secret(&self) -> (SecretString, ClientSecret) {
        let secret = random_token::<32>(&*self.random);
        let kept = ClientSecret {
            digest: Digest256::of(&secret),
            created_at: self.clock.now(),
            expires_at: None,
            hint: secret.chars().skip(secret.len().saturating_sub(4)).collect(),
        };
        (secret.into(), kept)
    }
}

fn check_uris(redirect_uris: &[String], post_logout: &[String]) -> Result<()> {
    if redirect_uris.is_empty() {
        return Err(ManageError::NoRedirectUri);
    }
    for uri in redirect_uris.iter().chain(post_logout) {
        check_uri(uri)?;
    }
    Ok(())
}

pub(super) fn check_uri(uri: &str) -> Result<()> {
    validate_redirect_uri(uri).map_err(|reason| ManageError::RedirectUri {
        uri: uri.to_owned(),
        reason,
    })
}

fn check_life(token_seconds: Option<u32>) -> Result<()> {
    match token_seconds {
        Some(life) if !(60..=86_400).contains(&life) => Err(ManageError::TokenSeconds),
        _ => Ok(()),
    }
}

/// How many networks and calls a client has at most: they are walked at each request.
const RULES: usize = 50;

/// Rights as they are stored: rules trimmed, each once, none empty, all of them read.
fn checked_rights(kind: ClientKind, rights: Rights) -> Result<Rights> {
    let rights = Rights {
        networks: tidied(rights.networks),
        calls: tidied(rights.calls),
        ..rights
    };
    if kind == ClientKind::Public && rights != Rights::default() {
        return Err(ManageError::PublicRights);
    }
    for text in &rights.networks {
        text.parse::<Network>()
            .map_err(|_| ManageError::Network { text: text.clone() })?;
    }
    for text in &rights.calls {
        text.parse::<CallRule>()
            .map_err(|_| ManageError::Call { text: text.clone() })?;
    }
    if rights.networks.len() > RULES || rights.calls.len() > RULES {
        return Err(ManageError::TooManyRules { limit: RULES });
    }
    Ok(rights)
}

fn tidied(rules: Vec<String>) -> Vec<String> {
    let mut tidy: Vec<String> = Vec::with_capacity(rules.len());
    for rule in rules {
        // A call is two words: what stands between them counts once.
        let rule = rule.split_whitespace().collect::<Vec<_>>().join(" ");
        if !rule.is_empty() && !tidy.contains(&rule) {
            tidy.push(rule);
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::Right;

    fn rights(networks: &[&str], calls: &[&str]) -> Rights {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Rights {
            granted: BTreeSet::from([Right::Token]),
            networks: owned(networks),
            calls: owned(calls),
            json_answers: false,
        }
    }

    #[test]
    fn rights_are_stored_tidy() {
        let typed = rights(&[" 10.0.0.0/8 ", "", "10.0.0.0/8"], &["GET   /cgi-bin/user/info"]);
        let kept = checked_rights(ClientKind::Confidential, typed).unwrap();
        assert_eq!(kept, rights(&["10.0.0.0/8"], &["GET /cgi-bin/user/info"]));
    }

    #[test]
    fn wrong_rights_are_told_apart() {
        let code = |kind, rights| checked_rights(kind, rights).unwrap_err().code();
        let confidential = ClientKind::Confidential;
        assert_eq!(code(confidential, rights(&["10.0.0.0/33"], &[])), "invalid_network");
        assert_eq!(
            code(confidential, rights(&[], &["DELETE /cgi-bin/menu"])),
            "invalid_call"
        );
        let many: Vec<String> = (0..51).map(|n| format!("10.0.0.{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(code(confidential, rights(&many, &[])), "too_many_rules");
        assert_eq!(code(ClientKind::Public, rights(&[], &[])), "public_client_rights");
        assert!(checked_rights(ClientKind::Public, Rights::default()).is_ok());
    }
}
