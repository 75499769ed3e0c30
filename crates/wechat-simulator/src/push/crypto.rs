//! The envelope of pushes (Tencent doc: message push, encryption), on the simulator's own reading.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest as _, Sha1};

use crate::ids::hex;

/// The padding fills up to a multiple of 32 bytes, though a block of AES has 16.
const PADDED_TO: usize = 32;

/// The 43rd character carries two bits more than 32 bytes need; nobody looks at them.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The key of one account and what binds messages to it.
pub(super) struct Envelope {
    key: [u8; 32],
    app_id: String,
}

impl Envelope {
    /// `None`: the key is not 43 characters of base64.
    pub(super) fn new(encoding_aes_key: &str, app_id: &str) -> Option<Self> {
        let key = LENIENT.decode(encoding_aes_key).ok()?;
        Some(Self {
            key: key.try_into().ok()?,
            app_id: app_id.to_owned(),
        })
    }

    pub(super) fn seal(&self, random: &[u8; 16], message: &[u8]) -> String {
        BASE64_STANDARD.encode(self.seal_bytes(random, message, &self.app_id))
    }

    /// As somebody would who holds the key but is another account.
    pub(super) fn seal_for(&self, random: &[u8; 16], message: &[u8], app_id: &str) -> String {
        BASE64_STANDARD.encode(self.seal_bytes(random, message, app_id))
    }

    fn seal_bytes(&self, random: &[u8; 16], message: &[u8], app_id: &str) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let mut plain = random.to_vec();
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(message);
        plain.extend_from_slice(app_id.as_bytes());
        let padding = PADDED_TO - plain.len() % PADDED_TO;
        plain.extend(std::iter::repeat_n(u8::try_from(padding).unwrap_or_default(), padding));
        let iv: [u8; 16] = *self.iv();
        cbc::Encryptor::<Aes256>::new(&self.key.into(), &iv.into()).encrypt_padded_vec::<NoPadding>(&plain)
    }

    /// The message inside, if it was sealed with this key for this account.
    pub(super) fn open(&self, encrypted: &str) -> Option<Vec<u8>> {
        let cipher = BASE64_STANDARD.decode(encrypted).ok()?;
        if cipher.is_empty() || cipher.len() % PADDED_TO != 0 {
            return None;
        }
        let iv: [u8; 16] = *self.iv();
        let mut plain = cbc::Decryptor::<Aes256>::new(&self.key.into(), &iv.into())
            .decrypt_padded_vec::<NoPadding>(&cipher)
            .ok()?;
        let padding = usize::from(*plain.last()?);
        if !(1..=PADDED_TO).contains(&padding) {
            return None;
        }
        plain.truncate(plain.len().checked_sub(padding)?);
        let (length, rest) = plain.get(16..)?.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (message, app_id) = rest.split_at_checked(length)?;
        (app_id == self.app_id.as_bytes()).then(|| message.to_vec())
    }

    fn iv(&self) -> &[u8; 16] {
        self.key.first_chunk().unwrap_or(&[0; 16])
    }
}

/// SHA-1 over the parts in byte order, one behind the other.
pub(super) fn signature<const N: usize>(mut parts: [&str; N]) -> String {
    parts.sort_unstable();
    hex(&Sha1::digest(parts.concat().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OFFICIAL: &str = "wxba5fad812f8e6fb9";

    #[test]
    fn signatures_of_the_documents() {
        let cases = [
            (
                "AAAAA",
                "1714036504",
                "1514711492",
                "f464b24fc39322e44b38aa78f5edd27bd1441696",
            ),
            (
                "AAAAA",
                "1714037059",
                "486452656",
                "899cf89e464efb63f54ddac96b0a0a235f53aa78",
            ),
            ("test", "1410685589", "test", "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"),
            (
                "AAAAA",
                "1714112445",
                "415670741",
                "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
            ),
        ];
        for (token, timestamp, nonce, wanted) in cases {
            assert_eq!(signature([token, timestamp, nonce]), wanted);
        }
    }

    #[test]
    fn vector_a_opens_and_seals_to_the_same() {
        let encrypted = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
        let message = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;
        let envelope = Envelope::new(A, OFFICIAL).unwrap();
        assert_eq!(envelope.open(encrypted).unwrap(), message.as_bytes());
        assert_eq!(envelope.seal(b"a8eedb185eb2fecf", message.as_bytes()), encrypted);
        let signed = signature(["AAAAA", "1714112445", "415670741", encrypted]);
        assert_eq!(signed, "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3");
        assert!(
            Envelope::new(A, "wx0000000000000000")
                .unwrap()
                .open(encrypted)
                .is_none()
        );
    }

    #[test]
    fn vector_b_is_an_official_reply() {
        let wanted = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
        let message = br#"{"demo_resp":"good luck"}"#;
        let envelope = Envelope::new(A, OFFICIAL).unwrap();
        assert_eq!(envelope.seal(b"707722b803182950", message), wanted);
        assert_eq!(envelope.open(wanted).unwrap(), message);
        let signed = signature(["AAAAA", "1713424427", "415670741", wanted]);
        assert_eq!(signed, "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1");
    }

    #[test]
    fn vector_c_has_a_key_with_left_over_bits() {
        let wanted = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";
        let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
        let envelope = Envelope::new(key, "wxb11529c136998cb6").unwrap();
        assert_eq!(envelope.seal(b"aaaabbbbccccdddd", "我是中文abcd123".as_bytes()), wanted);
        let signed = signature(["pamtest", "1409304348", "xxxxxx", wanted]);
        assert_eq!(signed, "82c962d39941aa48552f90ef55aa323dc620cc10");
    }

    #[test]
    fn what_is_spoiled_does_not_open() {
        let envelope = Envelope::new(A, OFFICIAL).unwrap();
        for bad in ["", "AAAA", "not base64", &"A".repeat(43)] {
            assert!(envelope.open(bad).is_none(), "{bad}");
        }
        let other = envelope.seal_for(&[7; 16], b"hi", "wx0000000000000000");
        assert!(envelope.open(&other).is_none());
        assert!(Envelope::new("short", OFFICIAL).is_none());
    }
}
