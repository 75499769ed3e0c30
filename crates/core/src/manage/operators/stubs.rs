//! The signatures, before their bodies.
#![expect(
    unused_variables,
    clippy::todo,
    clippy::too_many_arguments,
    missing_docs,
    clippy::needless_pass_by_value
)]

use std::time::Duration;

use super::{By, Enrolment, NewOperator, OperatorEdit, Operators, Result, SignedIn};
use crate::ids::{AgencyId, ApiKeyId, ConnectorId, LinkId, OnboardingId, OperatorId, SessionId, TenantId};
use crate::model::{Agency, ApiKey, Browser, Link, Operator, Seat, Session, Status};
use crate::secret::SecretString;
use crate::store::Change;

impl Operators {
    pub async fn sign_in(&self, login: &str, password: SecretString, from: &Browser) -> Result<SignedIn> {
        todo!()
    }
    pub async fn second_factor(&self, session: &Session, code: &str, from: &Browser) -> Result<SignedIn> {
        todo!()
    }
    pub async fn begin_enrolment(&self, session: &Session) -> Result<Enrolment> {
        todo!()
    }
    pub async fn finish_enrolment(
        &self,
        session: &Session,
        code: &str,
        from: &Browser,
    ) -> Result<(SignedIn, Vec<SecretString>)> {
        todo!()
    }
    pub async fn session(&self, token: &str) -> Result<Option<(Session, Operator)>> {
        todo!()
    }
    pub fn is_confirmed(&self, session: &Session) -> bool {
        todo!()
    }
    pub async fn confirm(&self, session: &Session, password: SecretString, from: &Browser) -> Result<Session> {
        todo!()
    }
    pub async fn sign_out(&self, session: &Session, from: &Browser) -> Result<()> {
        todo!()
    }
    pub async fn sessions_of(&self, operator: OperatorId) -> Result<Vec<Session>> {
        todo!()
    }
    pub async fn revoke_session(&self, by: &By, id: SessionId) -> Result<()> {
        todo!()
    }
    pub async fn revoke_sessions_of(&self, by: &By, operator: OperatorId, except: Option<SessionId>) -> Result<u64> {
        todo!()
    }
    pub async fn change_password(
        &self,
        session: &Session,
        old: SecretString,
        new: SecretString,
        from: &Browser,
    ) -> Result<()> {
        todo!()
    }
    pub async fn new_recovery_codes(&self, by: &By, operator: OperatorId) -> Result<Vec<SecretString>> {
        todo!()
    }
    pub async fn reset_second_factor(&self, by: &By, operator: OperatorId) -> Result<()> {
        todo!()
    }
    pub async fn add_operator(&self, by: &By, new: NewOperator) -> Result<Operator> {
        todo!()
    }
    pub async fn has_operators(&self) -> Result<bool> {
        todo!()
    }
    pub async fn change_operator(
        &self,
        by: &By,
        id: OperatorId,
        edit: OperatorEdit,
        expected: Option<u32>,
    ) -> Result<Operator> {
        todo!()
    }
    pub async fn operator(&self, id: OperatorId) -> Result<Option<Operator>> {
        todo!()
    }
    pub async fn list_operators(
        &self,
        agency: Option<AgencyId>,
        after: Option<OperatorId>,
        limit: u64,
    ) -> Result<Vec<Operator>> {
        todo!()
    }
    pub async fn add_agency(&self, by: &By, name: &str) -> Result<Agency> {
        todo!()
    }
    pub async fn change_agency(
        &self,
        by: &By,
        id: AgencyId,
        name: &str,
        status: Status,
        expected: Option<u32>,
    ) -> Result<Agency> {
        todo!()
    }
    pub async fn agency(&self, id: AgencyId) -> Result<Option<Agency>> {
        todo!()
    }
    pub async fn list_agencies(&self, after: Option<AgencyId>, limit: u64) -> Result<Vec<Agency>> {
        todo!()
    }
    pub async fn setup_link(&self) -> Result<Option<SecretString>> {
        todo!()
    }
    pub async fn invite(
        &self,
        by: &By,
        seat: Seat,
        agency_id: Option<AgencyId>,
        note: &str,
        lifetime: Duration,
    ) -> Result<(Link, SecretString)> {
        todo!()
    }
    pub async fn recovery_link(&self, by: &By, operator: OperatorId) -> Result<(Link, SecretString)> {
        todo!()
    }
    pub async fn hand_over_link(
        &self,
        by: &By,
        tenant: TenantId,
        connector: Option<ConnectorId>,
        onboarding: Option<OnboardingId>,
        note: &str,
        lifetime: Duration,
    ) -> Result<(Link, SecretString)> {
        todo!()
    }
    pub async fn open_link(&self, token: &str) -> Result<Option<Link>> {
        todo!()
    }
    pub fn spend(&self, link: &Link) -> Result<Change> {
        todo!()
    }
    pub async fn revoke_link(&self, by: &By, id: LinkId) -> Result<()> {
        todo!()
    }
    pub async fn list_links(&self, group: &str, tenant: Option<TenantId>) -> Result<Vec<Link>> {
        todo!()
    }
    pub async fn become_operator(
        &self,
        token: &str,
        login: &str,
        name: &str,
        password: SecretString,
        from: &Browser,
    ) -> Result<SignedIn> {
        todo!()
    }
    pub async fn recover(&self, token: &str, password: SecretString, from: &Browser) -> Result<SignedIn> {
        todo!()
    }
    pub async fn add_api_key(
        &self,
        by: &By,
        name: &str,
        seat: Seat,
        agency_id: Option<AgencyId>,
        read_only: bool,
        lifetime: Duration,
    ) -> Result<(ApiKey, SecretString)> {
        todo!()
    }
    pub async fn api_key(&self, key: &str) -> Result<Option<ApiKey>> {
        todo!()
    }
    pub async fn revoke_api_key(&self, by: &By, id: ApiKeyId) -> Result<()> {
        todo!()
    }
    pub async fn list_api_keys(&self, agency: Option<AgencyId>) -> Result<Vec<ApiKey>> {
        todo!()
    }
}
