//! What a server calls itself.

/// The name of the machine, and a number that no other server has.
pub(crate) fn server_name() -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let machine = machine.or_else(|| std::env::var("COMPUTERNAME").ok());
    let machine = machine.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or("server").to_owned();
    let mut number = [0; 16];
    getrandom::fill(&mut number).expect("the operating system gives randomness");
    format!("{machine}_{:032x}", u128::from_be_bytes(number))
}
