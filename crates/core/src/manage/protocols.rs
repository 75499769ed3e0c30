//! What a client is allowed of the protocol, checked before it is stored.

use jsonwebtoken::jwk::Jwk;
use serde_json::Value;

use super::{ManageError, Result};
use crate::model::{ClientAuthMethod, ClientKind, ClientProtocol};
use crate::oidc::{is_public_jwk, validate_backchannel_logout_uri};
use crate::text::Text;

/// Keys of a client at most.
const KEYS: usize = 10;
/// Days for which an unused refresh token may live at most.
const REFRESH_DAYS: u32 = 365;

fn wrong(setting: &'static str, zh: &'static str, en: &'static str) -> ManageError {
    let why = Text::new(zh, en);
    ManageError::Protocol { setting, why }
}

/// The protocol as it may be stored.
pub(super) fn checked(kind: ClientKind, protocol: ClientProtocol) -> Result<ClientProtocol> {
    if kind == ClientKind::Public {
        let plain = ClientProtocol::default();
        let differs = |name: &str| protocol.value(name) != plain.value(name);
        let mut proved = ClientProtocol::SETTINGS.iter().filter(|setting| setting.confidential);
        if let Some(setting) = proved.find(|setting| differs(setting.name)) {
            return Err(wrong(
                setting.name,
                "公开应用没有密钥，无法证明身份",
                "a client without a secret cannot prove who it is",
            ));
        }
    }
    match &protocol.jwks {
        Some(jwks) => check_keys(jwks)?,
        None if protocol.auth_method == ClientAuthMethod::PrivateKeyJwt => {
            return Err(wrong(
                "jwks",
                "使用 private_key_jwt 时需要应用的公钥",
                "private_key_jwt needs the client's public keys",
            ));
        }
        None => {}
    }
    if protocol
        .refresh_days
        .is_some_and(|days| !(1..=REFRESH_DAYS).contains(&days))
    {
        return Err(wrong("refresh_days", "须为 1 至 365", "1 to 365"));
    }
    if let Some(uri) = &protocol.backchannel_logout_uri {
        validate_backchannel_logout_uri(uri).map_err(|_| {
            wrong(
                "backchannel_logout_uri",
                "须为 https 地址（本机可用 http），不能带片段（#…）",
                "https, or http on this machine; no fragment",
            )
        })?;
    }
    if let Some(claims) = &protocol.claims {
        let is_name =
            |claim: &String| !claim.is_empty() && claim.len() <= 100 && claim.bytes().all(|b| b.is_ascii_graphic());
        if claims.len() > 50 || !claims.iter().all(is_name) {
            return Err(wrong(
                "claims",
                "最多 50 个 claim 名称，不含空格和中文",
                "at most 50 names of claims, each without white space",
            ));
        }
    }
    Ok(protocol)
}

/// Public keys only: who pastes a private one would give it away.
fn check_keys(jwks: &Value) -> Result<()> {
    let refused = || {
        wrong(
            "jwks",
            "须为 JWK Set（{\"keys\": […]}），含 1 至 10 个 RSA、EC 或 Ed25519 公钥，不能有私钥",
            "a JWK Set ({\"keys\": […]}) with 1 to 10 public RSA, EC or Ed25519 keys, and no private one",
        )
    };
    let keys = jwks.get("keys").and_then(Value::as_array).ok_or_else(refused)?;
    let is_public = |key: &Value| {
        let readable = serde_json::from_value::<Jwk>(key.clone()).is_ok();
        readable && key.as_object().is_some_and(is_public_jwk)
    };
    if (1..=KEYS).contains(&keys.len()) && keys.iter().all(is_public) {
        Ok(())
    } else {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(kind: ClientKind, settings: &[(&str, &str)]) -> Option<&'static str> {
        let mut protocol = ClientProtocol::default();
        for (name, value) in settings {
            protocol = protocol.with(name, value).unwrap();
        }
        match checked(kind, protocol) {
            Err(ManageError::Protocol { setting, .. }) => Some(setting),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        }
    }

    #[test]
    fn only_what_can_work_is_stored() {
        use ClientKind::{Confidential, Public};
        let public = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]});
        let mut private = public.clone();
        private["keys"][0]["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
        let (public, private) = (public.to_string(), private.to_string());
        assert_eq!(
            refused(Confidential, &[("auth_method", "private_key_jwt"), ("jwks", &public)]),
            None
        );
        assert_eq!(
            refused(Confidential, &[("auth_method", "private_key_jwt")]),
            Some("jwks")
        );
        assert_eq!(refused(Confidential, &[("jwks", &private)]), Some("jwks"));
        for nonsense in ["{}", "[]", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
            assert_eq!(refused(Confidential, &[("jwks", nonsense)]), Some("jwks"), "{nonsense}");
        }
        for setting in [
            ("auth_method", "private_key_jwt"),
            ("client_credentials", "true"),
            ("resource_server", "true"),
        ] {
            assert_eq!(refused(Public, &[setting]), Some(setting.0));
        }
        assert_eq!(
            refused(Public, &[("device_code", "true"), ("dpop_bound_access_tokens", "true")]),
            None
        );
        for (name, value) in [
            ("refresh_days", "0"),
            ("refresh_days", "366"),
            ("backchannel_logout_uri", "http://app.example/logout"),
            ("backchannel_logout_uri", "javascript:1"),
            ("claims", r#"[""]"#),
        ] {
            assert_eq!(refused(Confidential, &[(name, value)]), Some(name), "{value}");
        }
        let uri = [("backchannel_logout_uri", "https://app.example/logout")];
        assert_eq!(refused(Confidential, &uri), None);
    }
}
