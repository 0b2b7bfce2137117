//! The certificates that a connection trusts.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Certificates to trust, in addition to those of the system: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaBundle(Vec<CertificateDer<'static>>);

/// How a base64-encoded `-----BEGIN ` begins.
const ENCODED_PEM: &str = "LS0tLS1CRUdJTi";

impl CaBundle {
    /// Reads a bundle of PEM certificates.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pem: &str) -> Result<Self, String> {
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| format!("it is not a bundle of PEM certificates: {error}"))?;
        if certificates.is_empty() {
            let is_encoded = pem.trim_start().starts_with(ENCODED_PEM);
            let hint = if is_encoded { "; it is base64: write it decoded" } else { "" };
            return Err(format!("it holds no PEM certificate (-----BEGIN CERTIFICATE-----){hint}"));
        }
        for (index, certificate) in certificates.iter().enumerate() {
            let added = RootCertStore::empty().add(certificate.clone());
            added.map_err(|error| format!("certificate {} cannot be used: {error}", index + 1))?;
        }
        Ok(Self(certificates))
    }

    /// The certificates in DER.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUEFLNmY68ioJJcoqITd9GAb8qYhIwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjgyMjU1MzRaGA8yMTI2MTEwNDIyNTUz
NFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBrM
F+ovqyxaxsHnhE+8UjKtkFntPHYcsXSDv5VpKhNB9o4tuFP6sL5echmWjgRBMxLn
c3XPKeoyH/ENFHO6XJ+jUzBRMB0GA1UdDgQWBBRYgmt65WeqQg8gcP4+DRgMb9Vo
JTAfBgNVHSMEGDAWgBRYgmt65WeqQg8gcP4+DRgMb9VoJTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQCweZZCM5l7zRVw2iRf6RamcItzfVKc9sEB
9EX7ydOcWwIhANkrUAWZsGLtp+Ab2qKJqd+L1guxzzazDb7aA9iCh95O
-----END CERTIFICATE-----
";

    #[test]
    fn certificates_are_read_and_comments_beside_them_are_ignored() {
        let bundle = CaBundle::parse(&format!("# one\n{CERTIFICATE}# and again\n{CERTIFICATE}")).unwrap();
        assert_eq!(bundle.certificates().count(), 2);
    }

    fn refusal(pem: &str) -> String {
        CaBundle::parse(pem).unwrap_err()
    }

    #[test]
    fn a_bundle_without_a_certificate_is_refused() {
        for text in ["no certificate", " ", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(refusal(text).starts_with("it holds no PEM certificate"), "{text}");
        }
        assert!(refusal("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==").ends_with("it is base64: write it decoded"));
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_refused() {
        let of = |inner: &str| format!("-----BEGIN CERTIFICATE-----\n{inner}\n-----END CERTIFICATE-----\n");
        assert!(refusal(&of("AAAA")).starts_with("certificate 1 cannot be used: "));
        assert!(refusal(&of("%%%%")).starts_with("it is not a bundle of PEM certificates: "));
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(refusal(cut).starts_with("it is not a bundle of PEM certificates: "), "{}", refusal(cut));
    }
}
