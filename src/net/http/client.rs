//! One HTTP exchange. // stub

use crate::contract::{ExchangeFact, HttpRequest, NetFact};
use crate::model::ExchangeId;
use crate::net::report::Reporter;

/// Fetches. // stub
pub(crate) async fn fetch(reporter: Reporter, exchange: ExchangeId, request: HttpRequest) {
    reporter.tell(NetFact::Exchange(exchange, ExchangeFact::Started)).await;
    tokio::time::sleep(request.patience).await;
    reporter.tell(NetFact::Exchange(exchange, ExchangeFact::Done)).await;
}
