//! Redis with a password, behind TLS, watched by Sentinels, and as a cluster.

use std::path::PathBuf;

use base64::Engine as _;

use hub_redis::{BackplaneError, RedisBackplane};

use crate::support::{Came, Client, Redis, Server, free_port, until};

/// Two servers that reach each other.
async fn work_together(a: &Server, b: &Server) {
    let (mut first, mut second) = (Client::json(&a.hub).await, Client::message_pack(&b.hub).await);
    let id = second.id().to_string();
    first.call("JoinOther", &[&id, "g"]).await.unwrap();
    a.handle().clients().group("g").send("Receive", ("group",)).await.unwrap();
    a.handle().clients().client(&id).send("Receive", ("connection",)).await.unwrap();
    first.begin("AskClient", &[&id, "why"]).await;
    let question = second.question().await;
    second.answer(&question, Ok("because")).await;
    assert_eq!(first.next().await, Came::Done(Ok(Some("because".to_owned()))));
    a.mark("end").await;
    assert_eq!(first.heard_until("end").await, Vec::<String>::new());
    second.heard_until("end").await;
}

#[tokio::test]
async fn passwords_and_databases_are_in_the_url_or_in_options() {
    let redis = Redis::start_with(&["--requirepass", "secret"]);
    let url = format!("redis://:secret@127.0.0.1:{}/3", redis.port());
    let a = Server::with(RedisBackplane::builder(&url)).await;
    let b = Server::with(RedisBackplane::builder(&redis.url()).password("secret").database(2)).await;
    work_together(&a, &b).await;
    let refused = RedisBackplane::builder(&redis.url()).password("guess");
    let refused = refused.connect_timeout(std::time::Duration::from_millis(200)).connect().await;
    let Err(BackplaneError::Unavailable { last: Some(error), .. }) = refused else { panic!("{refused:?}") };
    assert!(error.contains("Password authentication failed") || error.contains("WRONGPASS"), "{error}");
}

#[tokio::test]
async fn sentinels_tell_the_master() {
    let redis = Redis::start();
    let folder = std::env::temp_dir().join(format!("hub-redis-sentinel-{}", redis.port()));
    std::fs::create_dir_all(&folder).unwrap();
    let file: PathBuf = folder.join("sentinel.conf");
    std::fs::write(&file, format!("sentinel monitor chat 127.0.0.1 {} 1\n", redis.port())).unwrap();
    let sentinel = Redis::sentinel(free_port(), &file);
    let start = || {
        let builder = RedisBackplane::builder(&sentinel.url());
        Server::with(builder.sentinel("chat", Vec::<String>::new()))
    };
    let (a, b) = (start().await, start().await);
    work_together(&a, &b).await;
    drop(sentinel);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_cluster_works_sharded_and_not() {
    let (file, port) = (format!("hub-redis-cluster-{}.conf", free_port()), free_port().to_string());
    let options = ["--cluster-enabled", "yes", "--cluster-config-file", &file, "--cluster-port", &port];
    let redis = Redis::start_with(&options);
    assert_eq!(redis.say("CLUSTER ADDSLOTSRANGE 0 16383"), "+OK");
    until(|| redis.say("CLUSTER INFO").contains("cluster_state:ok")).await;
    for sharded in [false, true] {
        let start = || {
            let builder = RedisBackplane::builder(&redis.url()).cluster(Vec::<String>::new());
            Server::with(builder.sharded(sharded))
        };
        let (a, b) = (start().await, start().await);
        work_together(&a, &b).await;
    }
    drop(redis);
    std::fs::remove_file(std::env::temp_dir().join(file)).unwrap();
}

/// A certificate of `localhost`, and its key, in PEM.
fn certificate() -> (String, String) {
    let pem = |label: &str, der: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    (pem("CERTIFICATE", certificate.der()), pem("PRIVATE KEY", &key.serialize_der()))
}

#[tokio::test]
async fn redis_may_be_behind_tls() {
    let (certificate, key) = certificate();
    let folder = std::env::temp_dir().join(format!("hub-redis-tls-{}", free_port()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (certificate_file, key_file) = (file("certificate.pem", &certificate), file("key.pem", &key));
    let port = free_port().to_string();
    let options = ["--tls-port", &port, "--tls-cert-file", &certificate_file, "--tls-key-file", &key_file];
    let _redis = Redis::start_with(&[&options[..], &["--tls-auth-clients", "no"]].concat());
    let url = format!("rediss://localhost:{port}");
    let start = || Server::with(RedisBackplane::builder(&url).root_certificates(certificate.clone()));
    let (a, b) = (start().await, start().await);
    work_together(&a, &b).await;
    let distrustful = RedisBackplane::builder(&url).connect_timeout(std::time::Duration::from_millis(500));
    assert!(distrustful.connect().await.is_err(), "the system does not know that certificate");
    std::fs::remove_dir_all(folder).unwrap();
}
