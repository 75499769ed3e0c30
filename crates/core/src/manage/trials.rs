//! Test logins: begun here, opened and ended by a phone in [`crate::flow`].

use super::{ManageError, Manager, Result};
use crate::clock::random_alphanumeric;
use crate::ids::{ConnectorId, TrialId};
use crate::model::{Connector, NewTrial, TenantCode, Trial, TrialState};
use crate::secret::{Digest256, SecretString};
use crate::store::{Change, RecordFilter, RecordStore, Records as _, UnitOfWork};

/// Letters and digits of a ticket: 190 random bits.
const TICKET_LENGTH: usize = 32;

/// How many of a connector's latest test logins are looked through for those to void.
const LATEST: u64 = 50;

impl Manager {
    /// Begins a test login of a connector, live or not; the ticket stands in the QR code
    /// ([`crate::oidc::TenantUrls::trial`]), opens once and within [`Trial::LIFETIME`], and is stored nowhere. Those
    /// that the same person began before and no phone has opened are voided: the last QR code is the one that counts.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]: no such connector, or it has no login page to send a phone to.
    pub async fn begin_trial(
        &self,
        records: &dyn RecordStore,
        code: &TenantCode,
        id: ConnectorId,
    ) -> Result<(Trial, SecretString)> {
        let connector = self.connector(code, id).await?;
        self.check_login(&connector)?;
        let ticket = random_alphanumeric(&*self.random, TICKET_LENGTH);
        let trial = Trial::begin(NewTrial {
            id: TrialId::generate(&*self.clock, &*self.random),
            tenant_id: connector.tenant_id,
            connector_id: connector.id,
            ticket: Digest256::of(&ticket),
            created_by: self.actor.clone(),
            at: self.clock.now(),
        });
        let mut unit = UnitOfWork::new(trial.tenant_id).with(Change::record(&trial)?);
        for void in self.unopened(records, &connector).await? {
            unit = unit.with(Change::delete_record::<Trial>(void.id.to_string()));
        }
        self.store.begin(trial.tenant_id).save(unit).await?;
        Ok((trial, SecretString::from(ticket)))
    }

    /// A connector that cannot even be opened is no obstacle: its test login says why.
    fn check_login(&self, connector: &Connector) -> Result<()> {
        let opened = self.providers.open(connector);
        if opened.is_ok_and(|provider| provider.redirect_login().is_none()) {
            return Err(ManageError::NotFound { what: "login page" });
        }
        Ok(())
    }

    async fn unopened(&self, records: &dyn RecordStore, connector: &Connector) -> Result<Vec<Trial>> {
        let filter = RecordFilter {
            tenants: Some(vec![connector.tenant_id]),
            group: Some(connector.id.to_string()),
            newest_first: true,
            ..RecordFilter::default()
        };
        let mut trials = records.list::<Trial>(&filter, LATEST).await?;
        trials.retain(|trial| trial.state == TrialState::Waiting && trial.created_by == self.actor);
        Ok(trials)
    }
}
