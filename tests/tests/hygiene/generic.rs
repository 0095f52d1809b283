//! A hub with parameters.

use hub_server::hub;

/// Says what it hears.
#[derive(Debug)]
pub(crate) struct Parrot<T, const N: usize = 1>(pub(crate) T);

#[hub]
impl<T, const N: usize> Parrot<T, N>
where
    T: IntoIterator + Clone + Send + Sync + 'static,
{
    async fn echo(&self, text: String) -> String {
        if self.0.clone().into_iter().count() == N { text } else { String::new() }
    }
}
