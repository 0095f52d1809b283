//! The task that owns a connection, from its start to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::Shared;
use super::active::{Active, End};
use super::handshake::shake_hands;
use super::session::Session;
use super::status::{Life, Status};
use crate::error::{ConnectionError, StartError};
use crate::handlers::{Dispatcher, dispatcher};
use crate::panics::catch;
use crate::reconnect::{ReconnectPolicy, RetryContext};
use crate::transport::ConnectRequest;

pub(super) struct Driver {
    shared: Arc<Shared>,
    life: Life,
    dispatcher: Dispatcher,
}

impl Driver {
    /// Starts the connection, and keeps it until it ends. Whoever started it hears how that went.
    pub(super) fn spawn(shared: Arc<Shared>, life: Life, started: oneshot::Sender<Result<(), StartError>>) {
        let (dispatcher, calls) = dispatcher(Arc::clone(&shared.handlers));
        let abandoned = shared.abandoned.clone();
        tokio::spawn(async move { abandoned.run_until_cancelled(calls).await });
        tokio::spawn(Self { shared, life, dispatcher }.run(started));
    }

    async fn run(self, started: oneshot::Sender<Result<(), StartError>>) {
        let result = match self.open().await {
            Ok(active) => {
                self.set(|life| Status::Connected(life, Arc::clone(active.session())));
                Ok(active)
            }
            Err(error) => {
                self.set(|_| Status::Disconnected);
                Err(error)
            }
        };
        match result {
            Ok(active) => {
                // Who gave up waiting has stopped the connection by that.
                let _ = started.send(Ok(()));
                let reason = self.live(active).await;
                self.shared.events.closed(reason);
            }
            Err(error) => drop(started.send(Err(error))),
        }
        self.life.over.cancel();
    }

    /// Opens a connection to the server, up to the end of its handshake (C-3).
    async fn open(&self) -> Result<Active, StartError> {
        self.life.stop.run_until_cancelled(self.connect()).await.unwrap_or(Err(StartError::Stopped))
    }

    async fn connect(&self) -> Result<Active, StartError> {
        let options = &self.shared.options;
        let mut request = ConnectRequest::new(options.protocol.transfer_format());
        request.stateful_reconnect = options.stateful_reconnect;
        let mut connected = self.shared.connector.connect(request).await?;
        if !options.stateful_reconnect {
            connected.resume = None;
        }
        // The version that says so is sent only where it is offered (H-24).
        let version = if connected.resume.is_some() { options.protocol.version() } else { 1 };
        let rest = shake_hands(&mut connected.transport, options, version).await?;
        Ok(Active::new(connected, options, rest))
    }

    /// Keeps the connection, and those that follow it, until the last one ends.
    async fn live(&self, mut active: Active) -> Option<ConnectionError> {
        loop {
            let session = Arc::clone(active.session());
            let next = match active.run(&self.life.stop, &self.dispatcher).await {
                End::Stopped => Err(None),
                End::Final(reason) => Err(reason),
                End::Interrupted(reason) => self.reconnect(&session, reason).await,
            };
            match next {
                Ok(next) => active = next,
                Err(reason) => {
                    self.set(|_| Status::Disconnected);
                    session.close(reason.as_ref());
                    return reason;
                }
            }
        }
    }

    /// Opens another connection, as the policy says (section 13.11).
    async fn reconnect(
        &self,
        lost: &Session,
        reason: Option<ConnectionError>,
    ) -> Result<Active, Option<ConnectionError>> {
        let Some(policy) = &self.shared.options.reconnect else { return Err(reason) };
        let mut retries = Retries { lost: Instant::now(), count: 0, reason: reason.clone() };
        // To give up before the first attempt is not to reconnect (C-121).
        let Some(mut delay) = retries.next_delay(&**policy) else { return Err(reason) };
        self.set(Status::Reconnecting);
        lost.close(reason.as_ref());
        self.shared.events.reconnecting(reason);
        loop {
            if self.life.stop.run_until_cancelled(sleep(delay)).await.is_none() {
                return Err(Some(ConnectionError::StoppedInReconnectDelay));
            }
            match self.open().await {
                Ok(active) => return Ok(self.reconnected(active)),
                Err(StartError::Stopped) => return Err(Some(ConnectionError::StoppedInReconnectAttempt)),
                Err(error) => delay = retries.failed(Arc::new(error), &**policy)?,
            }
        }
    }

    fn reconnected(&self, active: Active) -> Active {
        self.set(|life| Status::Connected(life, Arc::clone(active.session())));
        self.shared.events.reconnected(active.session().connection_id().map(str::to_owned));
        active
    }

    fn set(&self, status: impl FnOnce(Life) -> Status) {
        let status = status(self.life.clone());
        self.shared.status.send_modify(|current| *current = status);
    }
}

/// The attempts to reconnect after one loss.
struct Retries {
    lost: Instant,
    count: u32,
    reason: Option<ConnectionError>,
}

impl Retries {
    /// A policy that panics gives up (C-126).
    fn next_delay(&self, policy: &dyn ReconnectPolicy) -> Option<Duration> {
        let Self { lost, count, reason } = self;
        let retry = RetryContext { previous_retries: *count, elapsed: lost.elapsed(), reason: reason.clone() };
        catch(|| policy.next_retry_delay(&retry)).unwrap_or_else(|panic| {
            tracing::error!(panic, "the reconnect policy panicked");
            None
        })
    }

    /// What to do after an attempt that failed.
    fn failed(
        &mut self,
        error: Arc<StartError>,
        policy: &dyn ReconnectPolicy,
    ) -> Result<Duration, Option<ConnectionError>> {
        tracing::debug!(%error, attempt = self.count + 1, "an attempt to reconnect failed");
        self.count += 1;
        self.reason = Some(ConnectionError::Reconnect(Arc::clone(&error)));
        self.next_delay(policy).ok_or_else(|| {
            let (attempts, elapsed) = (self.count, self.lost.elapsed());
            Some(ConnectionError::RetriesExhausted { attempts, elapsed, last: error })
        })
    }
}
