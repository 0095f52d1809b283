//! The code of the guide's pages, which has to compile and to do what it says.

macro_rules! pages {
    ($($name:ident: $file:literal,)*) => {
        $(
            #[doc = include_str!(concat!("../../docs/guide/", $file))]
            mod $name {}
        )*
    };
}

pages! {
    authentication: "authentication.md",
    client_results: "client-results.md",
    compression: "compression.md",
    contracts: "contracts.md",
    from_csharp: "from-csharp.md",
    hubs: "hubs.md",
    limits_and_security: "limits-and-security.md",
    options: "options.md",
    protocols: "protocols.md",
    rust_client: "rust-client.md",
    scale_out: "scale-out.md",
    serving: "serving.md",
    shutdown: "shutdown.md",
    stateful_reconnect: "stateful-reconnect.md",
    streams: "streams.md",
    testing: "testing.md",
    transports: "transports.md",
}
