//! A state database that is reached by TLS: whose certificate is taken for the server's, and what is said of one that is not.

use std::path::Path;

use servers::Link;
use servers::oauth::ROTATING;
use servers::postgres::Postgres;

use super::stores::there;
use super::{NANGO, Scene};
use crate::real::project::Run;

/// Looks at the hand-over with a state database at a url, perhaps with an authority among the system's; without what differs from run to run.
fn look(scene: &Scene, url: &str, system: Option<&Path>) -> (i32, String) {
    scene.project.write("cutover.toml", scene.configured.replace("sqlite:cutover.state", url));
    let mut command = scene.project.command(&["tokens", "status"]);
    if let Some(authority) = system {
        command.env("SSL_CERT_FILE", authority);
    }
    let run = Run::of(command.output().expect("the program was built for this test"));
    let said = run.stderr.trim().rsplit("the state database ").next().unwrap_or_default();
    (run.code, said.split_once("/state: ").map_or(said, |(_, why)| why).to_owned())
}

#[test]
fn a_server_is_who_its_certificate_says_and_what_is_less_is_refused() {
    let Some(server) = there(Postgres::start_secured()) else { return };
    let plain = server.database("state").expect("it is made");
    let named = plain.replace("127.0.0.1", "localhost");
    let [authority, other] = server.authorities();
    let scene = Scene::new("secured", &NANGO, ROTATING, &Link::many(1, "hubspot"));
    let (ours, others) = (authority.display(), other.display());
    std::fs::copy(&authority, scene.project.path("ca.pem")).expect("it was written");
    let check = |url: String, system: Option<&Path>, code: i32, why: &str| {
        let (found, said) = look(&scene, &url, system);
        assert_eq!((found, said.as_str()), (code, why), "{url}");
    };
    // It looked, and nothing was handed over.
    let nothing_yet = "";
    // It is for localhost, and a path is one from the configuration's folder.
    check(format!("{named}?sslmode=verify-full&sslrootcert={ours}"), None, 3, nothing_yet);
    check(format!("{named}?sslrootcert=ca.pem"), None, 3, nothing_yet);
    check(format!("{named}?sslmode=verify-full"), Some(&authority), 3, nothing_yet);
    check(format!("{plain}?sslmode=verify-ca&sslrootcert={ours}"), None, 3, nothing_yet);
    check(format!("{plain}?sslmode=require"), None, 3, nothing_yet);
    check(format!("{plain}?sslmode=require&channel_binding=require"), None, 3, nothing_yet);

    let unknown = "error performing TLS handshake: invalid peer certificate: UnknownIssuer: `sslrootcert` of the url names the file with the \
                   certificate of the authority that signed the server's";
    check(format!("{named}?sslmode=verify-full&sslrootcert={others}"), None, 2, unknown);
    check(format!("{named}?sslmode=verify-full"), None, 2, unknown);
    check(format!("{plain}?sslmode=verify-ca&sslrootcert={others}"), None, 2, unknown);
    check(format!("{plain}?sslmode=require&sslrootcert={others}"), None, 2, unknown);
    let not_for = "error performing TLS handshake: invalid peer certificate: certificate not valid for name \"127.0.0.1\"; certificate is only valid \
                   for DnsName(\"localhost\"): the url's host must be a name that the certificate is for; sslmode=verify-ca asks for no name";
    check(format!("{plain}?sslmode=verify-full&sslrootcert={ours}"), None, 2, not_for);
    let (code, said) = look(&scene, &format!("{plain}?sslmode=disable"), None);
    assert!(code == 2 && said.contains("no encryption"), "{code}: {said}");

    // All of a hand-over goes over it.
    scene.project.write("cutover.toml", &scene.configured);
    scene.keep_state_in(&format!("{named}?sslmode=verify-full&sslrootcert={ours}"));
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
}

#[test]
fn a_server_that_speaks_no_tls_is_refused_where_tls_is_asked_for() {
    let Some(server) = there(Postgres::start()) else { return };
    let url = server.database("state").expect("it is made");
    let scene = Scene::new("unsecured", &NANGO, ROTATING, &Link::many(1, "hubspot"));
    let (code, said) = look(&scene, &format!("{url}?sslmode=require"), None);
    assert_eq!((code, said.as_str()), (2, "error performing TLS handshake: server does not support TLS"));
    let (code, said) = look(&scene, &format!("{url}?sslmode=prefer"), None);
    assert!(code == 2 && said.contains("write sslmode=verify-full, or sslmode=disable"), "{code}: {said}");
}
