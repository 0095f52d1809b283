//! All that generated code may name, besides the user's own tokens. Not part of the public interface.
//!
//! A contract's implementation is registered method by method, through
//! [`HubConnection::on_method`](crate::HubConnection::on_method):
//!
//! ```
//! use std::sync::Arc;
//!
//! use hub_client::__private::{BindError, Method, Reply};
//! use hub_client::HubConnection;
//!
//! struct Screen;
//!
//! impl Screen {
//!     async fn receive_message(&self, user: &str, message: &str) {
//!         println!("{user}: {message}");
//!     }
//!
//!     async fn ask_name(&self) -> String {
//!         "Ada".to_owned()
//!     }
//! }
//!
//! fn receive(connection: &HubConnection, client: Arc<Screen>) {
//!     let screen = Arc::clone(&client);
//!     let receive_message = Method::new(false, move |mut arguments| {
//!         BindError::check_count(&arguments, 2)?;
//!         let user: String = BindError::next(&mut arguments)?;
//!         let message: String = BindError::next(&mut arguments)?;
//!         let screen = Arc::clone(&screen);
//!         Ok(Box::pin(async move {
//!             screen.receive_message(&user, &message).await;
//!             Reply::none()
//!         }))
//!     });
//!     connection.on_method("ReceiveMessage", receive_message);
//!
//!     let ask_name = Method::new(true, move |arguments| {
//!         BindError::check_count(&arguments, 0)?;
//!         let client = Arc::clone(&client);
//!         Ok(Box::pin(async move { Reply::value(client.ask_name().await) }))
//!     });
//!     connection.on_method("AskName", ask_name);
//! }
//! ```

pub use std::boxed::Box;
pub use std::sync::Arc;

pub use futures_core::future::BoxFuture;
pub use hub_core::protocol::RawArguments;

pub use crate::handlers::{BindError, Method, Reply};
