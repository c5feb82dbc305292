//! The issuers that are trusted: the system's, or those carried along when the system has none.

use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_rustls::rustls::RootCertStore;

/// Whose word is taken for a certificate.
#[derive(Debug, Clone)]
pub(crate) enum Roots {
    /// The system's roots, or those in `SSL_CERT_FILE` and `SSL_CERT_DIR`; Mozilla's when there are none.
    System,
    /// These and no others.
    #[cfg(test)]
    These(Arc<RootCertStore>),
}

/// Read at the first use only, so that starting up does not pay for it.
static SYSTEM: OnceCell<Arc<RootCertStore>> = OnceCell::const_new();

impl Roots {
    /// The certificates themselves. The first call reads files, off the event thread.
    pub(super) async fn load(&self) -> Arc<RootCertStore> {
        match self {
            Roots::System => SYSTEM.get_or_init(load_system).await.clone(),
            #[cfg(test)]
            Roots::These(roots) => roots.clone(),
        }
    }
}

async fn load_system() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    // One unreadable certificate among the system's is no reason to distrust the others.
    roots.add_parsable_certificates(found.map(|found| found.certs).unwrap_or_default());
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Arc::new(roots)
}
