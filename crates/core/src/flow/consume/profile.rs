//! A person's profile, fetched anew without them.

use serde_json::{Map, Value};

use super::{Asked, Consumer, Declined, DeclinedCode};
use crate::clock::Timestamp;
use crate::error::Class;
use crate::flow::Engine;
use crate::flow::claims::{Told, claims};
use crate::ids::SubjectId;
use crate::model::{Action, Identity, Outcome, Right, SubjectType, UserGrant};
use crate::oidc::Scopes;
use crate::provider::{ProfileRefresh, ProviderError, ProviderErrorCode};
use crate::store::{Change, GrantedIdentity, IdentitySeen, Saved, UnionSeen, UnitOfWork};

/// A fresh profile with the grant for next time, or why there is none.
type Refreshed = Result<(Identity, UserGrant), ProviderError>;

impl Engine {
    /// The claims of a person as they are now, fetched with what the person granted at their last login.
    ///
    /// # Errors
    /// See [`Engine::consumer`]; [`DeclinedCode::SubjectUnknown`], [`DeclinedCode::PersonBlocked`],
    /// [`DeclinedCode::LoginAgain`], or the provider's. Nothing is answered that is not in the audit log.
    pub async fn refresh_profile(&self, asked: &Asked<'_>, subject: &str) -> Result<Map<String, Value>, Declined> {
        let consumer = self.consumer(asked, Right::RefreshProfiles).await?;
        let profiles = consumer.provider.profile_refresh();
        let profiles = profiles.ok_or_else(|| Declined::new(DeclinedCode::NotOffered))?;
        let unknown = || Declined::new(DeclinedCode::SubjectUnknown);
        let subject: SubjectId = subject.parse().map_err(|_| unknown())?;
        // Such a client knows nobody by this name, and must not learn by it which of its people it is.
        if consumer.client.protocol.subject_type == SubjectType::Pairwise {
            return Err(unknown());
        }
        let store = self.parts.store.begin(asked.tenant.id);
        let known = store.lookup_grant(consumer.connector.id, subject).await?;
        let known = known.ok_or_else(unknown)?;
        if known.blocked {
            return Err(Declined::new(DeclinedCode::PersonBlocked));
        }
        let began = self.now();
        let Some(grant) = known.grant.as_ref().filter(|grant| began < grant.expires_at) else {
            return Err(Declined::new(DeclinedCode::LoginAgain).debug("no grant, or its time is over"));
        };
        let refreshed = fetch(profiles, &known, grant).await;
        let saved = self.keep(&consumer, asked, &known, began, &refreshed).await?;
        let (identity, _) = refreshed.map_err(declined)?;
        self.count_read(&consumer.connector, &format!("read:profile:{}", consumer.client.id));
        // The right to the profile is given to the client; what else it is told is what its scopes allow.
        let scopes = Scopes::parse(&format!("profile {}", consumer.client.scopes));
        let told = Told {
            client: &consumer.client,
            scopes: &scopes,
            named: &[],
        };
        let previous: Vec<_> = saved.previous_subjects.iter().map(ToString::to_string).collect();
        let mut claims = claims(&identity, told, &previous);
        // A union id that was not known before may have shown them to be somebody known.
        let subject = saved.subject_id.unwrap_or(subject);
        claims.insert("sub".to_owned(), subject.to_string().into());
        Ok(claims)
    }

    /// One unit: the profile, the grant, and the event that says so.
    async fn keep(
        &self,
        consumer: &Consumer,
        asked: &Asked<'_>,
        known: &GrantedIdentity,
        began: Timestamp,
        refreshed: &Refreshed,
    ) -> Result<Saved, Declined> {
        let outcome = match refreshed {
            Ok(_) => Outcome::Succeeded,
            Err(error) if is_over(error) => Outcome::Expired,
            Err(_) => Outcome::Failed,
        };
        let mut event = self.consumer_event(consumer, asked.visit, Action::ProfileRefresh, outcome);
        event.subject_id = Some(known.known.subject_id);
        event.external_id = Some(known.known.identity.external_id.clone());
        self.with_answer(&mut event, began, refreshed);
        let mut unit = UnitOfWork::new(asked.tenant.id);
        if let Ok((identity, grant)) = refreshed {
            unit = unit.with(Change::Identity(Box::new(IdentitySeen {
                connector_id: consumer.connector.id,
                identity: identity.clone(),
                grant: Some(grant.clone()),
                union: consumer.provider.union_group().map(|group| UnionSeen {
                    group: group.to_owned(),
                    event: Box::new(self.consumer_event(
                        consumer,
                        asked.visit,
                        Action::PersonMerge,
                        Outcome::Succeeded,
                    )),
                }),
                // Whoever is known keeps their own; a store takes the proposed one for somebody new.
                proposed_subject: SubjectId::generate(&*self.parts.clock, &*self.parts.random),
                at: self.now(),
            })));
        }
        let unit = unit.with(Change::Event(Box::new(event)));
        Ok(self.parts.store.begin(asked.tenant.id).save(unit).await?)
    }
}

/// Asks the provider. Somebody else's profile is nonsense, not an answer.
async fn fetch(profiles: &dyn ProfileRefresh, known: &GrantedIdentity, grant: &UserGrant) -> Refreshed {
    let asked = &known.known.identity.external_id;
    let (identity, grant) = profiles.refresh(asked, grant).await?;
    if identity.external_id == *asked && !identity.transient {
        return Ok((identity, grant));
    }
    Err(ProviderError {
        class: Class::Retry,
        code: ProviderErrorCode::Nonsense,
        errcode: None,
        message: DeclinedCode::Upstream.message(),
        remedy: None,
        debug: "the profile is another person's".to_owned(),
    })
}

/// Whether only the person can help.
fn is_over(error: &ProviderError) -> bool {
    error.class == Class::StartAgain
}

fn declined(error: ProviderError) -> Declined {
    if error.code == ProviderErrorCode::PersonBlocked || !is_over(&error) {
        return Declined::from(error);
    }
    Declined::new(DeclinedCode::LoginAgain).debug(error.to_string())
}
