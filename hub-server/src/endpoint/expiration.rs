//! When a connection ends because its user's sign-in does (U-30 to U-32).

use std::future::pending;
use std::time::SystemTime;

use hub_core::User;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The time at which a sign-in ends, by the clock of the runtime.
pub(super) fn deadline(user: &User) -> Option<Instant> {
    let left = user.expires()?.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now().checked_add(left)
}

/// Waits until the deadline, which may change, is past.
pub(super) async fn passed(mut deadline: watch::Receiver<Option<Instant>>) {
    loop {
        let until = *deadline.borrow_and_update();
        tokio::select! {
            () = reached(until) => return,
            Ok(()) = deadline.changed() => {}
        }
    }
}

async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_later_deadline_counts_and_no_deadline_never_comes() {
        let start = Instant::now();
        let (sender, receiver) = watch::channel(Some(start + SECOND));
        let waiting = tokio::spawn(passed(receiver.clone()));
        tokio::task::yield_now().await;
        sender.send_replace(Some(start + 3 * SECOND));
        tokio::time::sleep(2 * SECOND).await;
        assert!(!waiting.is_finished());
        waiting.await.unwrap();
        assert_eq!(start.elapsed(), 3 * SECOND);
        drop(sender);
        assert!(passed(receiver).now_or_never().is_some(), "nobody has to keep the sender");
        assert!(passed(watch::channel(None).1).now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_is_that_of_the_user() {
        assert_eq!(deadline(&User::new("ada")), None);
        let user = User::new("ada").with_expiry(SystemTime::now() + 60 * SECOND);
        let left = deadline(&user).unwrap() - Instant::now();
        assert!(left > 58 * SECOND && left <= 60 * SECOND, "{left:?}");
        let past = User::new("ada").with_expiry(SystemTime::UNIX_EPOCH);
        assert_eq!(deadline(&past), Some(Instant::now()));
    }
}
