//! What other recorders wrote becomes exchanges, or is refused with the reason: samples of our own, after each format's documentation.

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use compare::model::{Body, Headers, Outcome};

use super::cassette::{BODY_BYTES_MAX, CASSETTE_BYTES_MAX, Cassette, Format, read};
use super::node::URL_BYTES_MAX;

/// Reads a file and tells, a line each, what its entries are and what was refused.
fn told(format: Format, text: &str) -> String {
    let files = |name: &str| match name {
        "contact.json" => Ok(br#"{"id":1.10}"#.to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let Cassette { entries, refusals } = read(format, text.as_bytes(), &files);
    let mut lines = Vec::new();
    for entry in entries {
        let exchange = entry.exchange;
        let request = exchange.request.expect("every entry has a request");
        let mut line = format!("{}: {} {}", entry.number, request.method, request.url);
        line.push_str(&headers(&request.headers));
        line.push_str(&body(&request.body));
        match exchange.outcome {
            Outcome::Response(response) => {
                line.push_str(&format!(" -> {}", response.status));
                line.push_str(&headers(&response.headers));
                line.push_str(&body(&response.body));
            }
            Outcome::Failure(failure) => {
                line.push_str(&format!(" -> {} ({})", failure.kind.name(), failure.detail));
            }
        }
        let times = [
            exchange.started_at.map(|at| format!(" started {at}")),
            exchange.elapsed_ms.map(|ms| format!(" {ms} ms")),
            entry.recorded_at.map(|at| format!(" recorded {at}")),
        ];
        line.extend(times.into_iter().flatten());
        lines.push(line);
    }
    lines.extend(refusals.iter().map(|refusal| format!("refused {refusal}")));
    lines.join("\n")
}

fn headers(headers: &Headers) -> String {
    headers.iter().map(|(name, values)| format!(" [{name}: {}]", values.join(" | "))).collect()
}

fn body(body: &Body) -> String {
    match body {
        Body::Absent => String::new(),
        Body::Json(text) => format!(" json {text}"),
        Body::Text(text) => format!(" text {text:?}"),
        Body::Base64(text) => format!(" base64 {text}"),
    }
}

#[track_caller]
fn check(format: Format, text: &str, expected: &str) {
    assert_eq!(told(format, text), expected);
}

/// A HAR of one entry with these parts.
fn har(request: &str, response: &str, more: &str) -> String {
    format!(
        r#"{{"log":{{"version":"1.2","entries":[{{"request":{request},"response":{response}{more}}}]}}}}"#
    )
}

const ASKED: &str = r#"{"method":"GET","url":"https://x.test/a"}"#;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::fast());
    let mut packed = Vec::new();
    io::Read::read_to_end(&mut encoder, &mut packed).expect("memory can be read");
    packed
}

#[test]
fn a_har_keeps_repeated_headers_times_and_bodies() {
    check(
        Format::Har,
        &har(
            r#"{"method":"post","url":"https://x.test/a?b=1","headers":[{"name":":path","value":"/a"},{"name":"Accept","value":"a"},{"name":"accept","value":"b"},{"name":"X-N","value":7}],"postData":{"mimeType":"application/json","text":"{\"q\":1.10}"}}"#,
            r#"{"status":200,"headers":[{"name":"Set-Cookie","value":["a=1","b=2"]},{"name":"Content-Encoding","value":"gzip"}],"content":{"mimeType":"application/json; charset=utf-8","text":"{ \"n\": 9007199254740993 }"}}"#,
            r#","startedDateTime":"2026-11-20T10:30:00.125+01:00","time":181.6"#,
        ),
        r#"1: POST https://x.test/a?b=1 [accept: a | b] [x-n: 7] json {"q":1.10} -> 200 [set-cookie: a=1 | b=2] json { "n": 9007199254740993 } started 2026-11-20T10:30:00.125+01:00 182 ms"#,
    );
}

#[test]
fn a_har_may_give_bodies_as_base64_or_as_a_form() {
    check(
        Format::Har,
        &har(
            r#"{"method":"POST","url":"/t","postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"b c&"},{"name":"d","value":"%20"}]}}"#,
            r#"{"status":200,"content":{"mimeType":"image/png","text":"iVBORw==","encoding":"base64"}}"#,
            "",
        ),
        r#"1: POST /t text "a=b+c%26&d=%20" -> 200 base64 iVBORw=="#,
    );
    check(
        Format::Har,
        &har(
            r#"{"method":"POST","url":"/t","postData":{"mimeType":"multipart/form-data","params":[{"name":"a"}]}}"#,
            r#"{"status":204}"#,
            "",
        ),
        "refused entry 1: request: the request's body is given as the parts of a form, which do not say what was sent; record it with the body as `postData.text`",
    );
}

#[test]
fn a_har_s_status_of_zero_is_a_failure_where_the_browser_says_which() {
    let of = |error: &str| har(ASKED, &format!(r#"{{"status":0,"_error":"{error}"}}"#), "");
    check(
        Format::Har,
        &of("net::ERR_CONNECTION_REFUSED"),
        "1: GET https://x.test/a -> connect (net::ERR_CONNECTION_REFUSED)",
    );
    check(
        Format::Har,
        &of("timeout: no answer in 10 s"),
        "1: GET https://x.test/a -> timeout (no answer in 10 s)",
    );
    check(
        Format::Har,
        &of(""),
        r#"refused entry 1: no response: the status is 0, and the reason ""; take the entry out: the request was blocked, cancelled or answered without the network"#,
    );
}

#[test]
fn what_is_no_har_is_told_by_what_it_is() {
    let bare = "refused no request: the file is a bare body, and nothing in it says what was asked; `cutover import pair` and `cutover import jsonl` take bare bodies";
    let shape = "save the traffic again as HAR 1.2: the root has `log`, and that `entries`";
    let both = "save the whole archive, whose entries have both";
    check(Format::Har, r#"{"data":[]}"#, bare);
    check(Format::Har, "[]", bare);
    check(Format::Har, "7", bare);
    check(Format::Har, ASKED, &format!("refused no response: the file is a HAR's request alone; {both}"));
    check(
        Format::Har,
        r#"{"status":200,"content":{}}"#,
        &format!("refused no request: the file is a HAR's response alone; {both}"),
    );
    check(
        Format::Har,
        r#"{"a":{"log":{}},"b":1}"#,
        &format!("refused not a HAR: `log` lies below `a`, not at the root; {shape}"),
    );
    check(Format::Har, r#"{"log":{}}"#, &format!("refused `log` has no `entries`; {shape}"));
    check(Format::Har, r#"{"log":{"entries":{}}}"#, &format!("refused `log.entries` is not a list; {shape}"));
    check(
        Format::Har,
        r#"{"http_interactions":[]}"#,
        "refused the file looks like one for `cutover import vcr`; import it by that command",
    );
    check(
        Format::Har,
        "{\"log\":",
        "refused not JSON: EOF while parsing a value at line 1 column 7; save the file again, whole, as its recorder writes it",
    );
}

#[test]
fn one_broken_entry_does_not_spoil_the_others() {
    let text = format!(
        r#"{{"log":{{"entries":[{{"request":{ASKED},"response":{{"status":200,"content":{{"text":"\ud83d"}}}}}},{{"request":{ASKED}}},{{"request":{{"method":"GET","url":"data:,x"}},"response":{{"status":200}}}},{{"request":{ASKED},"response":{{"status":99}}}},{{"request":{ASKED},"response":{{"status":200}},"startedDateTime":"yesterday"}},{{"request":{ASKED},"response":{{"status":204}}}}]}}}}"#
    );
    check(
        Format::Har,
        &text,
        r#"6: GET https://x.test/a -> 204
refused entry 1: not JSON: unexpected end of hex escape at line 1 column 104; save the file again, whole, as its recorder writes it
refused entry 2: no response: the entry has none; take the entry out, or record it again
refused entry 3: request: the request's URL is not one of HTTP: "data:,x"; take the entry out: only HTTP is compared
refused entry 4: response: the response has no status of three digits, but "99"; write the status that was received, such as 200
refused entry 5: `startedDateTime` is not an instant: "yesterday"; write it as 2026-11-20T09:30:00Z, or take the key out"#,
    );
}

#[test]
fn polly_s_packed_chunks_are_unpacked_and_its_order_is_kept() {
    let packed = gzip(r#"{"id":7}"#);
    let hex: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
    let (head, tail) = hex.split_at(20);
    let entry = |order: u32, encoding: &str, chunks: &[&str]| {
        let text = serde_json::to_string(&serde_json::to_string(chunks).expect("texts")).expect("a text");
        format!(
            r#"{{"_order":{order},"request":{{"method":"GET","url":"/{order}"}},"response":{{"status":200,"headers":[{{"name":"content-encoding","value":"gzip"}}],"content":{{"mimeType":"application/json","encoding":"{encoding}","text":{text}}}}}}}"#
        )
    };
    let whole = BASE64_STANDARD.encode(&packed);
    let text = format!(
        r#"{{"log":{{"entries":[{},{}]}}}}"#,
        entry(1, "base64", &[&whole]),
        entry(0, "hex", &[head, tail])
    );
    check(Format::Polly, &text, "1: GET /0 -> 200 json {\"id\":7}\n2: GET /1 -> 200 json {\"id\":7}");
    check(Format::Har, &text, "1: GET /1 -> 200 json {\"id\":7}\n2: GET /0 -> 200 json {\"id\":7}");
}

#[test]
fn a_ruby_vcr_cassette_is_read_with_symbols_binary_bodies_and_dates() {
    let packed = BASE64_STANDARD.encode(gzip("<Customer><Id>7</Id></Customer>"));
    check(
        Format::Vcr,
        &format!(
            "---
http_interactions:
- request:
    method: :get
    uri: https://x.test/v3/customer?minorversion=4
    body:
      encoding: US-ASCII
      string: ''
    headers:
      Accept:
      - application/xml
      - text/xml
  response:
    status:
      code: 200
      message: OK
    headers:
      Content-Type: application/xml
      Content-Encoding: [gzip]
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        {packed}
    http_version:
  recorded_at: Thu, 17 Apr 2014 19:32:09 GMT
recorded_with: VCR 2.9.0
"
        ),
        r#"1: GET https://x.test/v3/customer?minorversion=4 [accept: application/xml | text/xml] -> 200 [content-type: application/xml] text "<Customer><Id>7</Id></Customer>" recorded 2014-04-17T19:32:09Z"#,
    );
    // VCR's first format, with Ruby's own tags, folded texts and an alias.
    check(
        Format::Vcr,
        "---
- !ruby/struct:VCR::HTTPInteraction
  request: !ruby/struct:VCR::Request
    method: :post
    uri: http://x.test/a
    body: &body ! '{\"a\":
      1}'
    headers:
  response: !ruby/struct:VCR::Response
    status: !ruby/struct:VCR::ResponseStatus
      code: 201
      message:
    headers:
      content-type:
      - application/json
    body: *body
",
        r#"1: POST http://x.test/a json {"a": 1} -> 201 [content-type: application/json] json {"a": 1}"#,
    );
}

#[test]
fn vcr_in_json_and_vcrpy_are_read() {
    check(
        Format::Vcr,
        r#"{"http_interactions":[{"request":{"method":"get","uri":"<HOST>/a","body":{"encoding":"US-ASCII","base64_string":""},"headers":{}},"response":{"status":{"code":200},"headers":{"Content-Type":["application/json"]},"body":{"base64_string":"eyJh\nIjox\nfQ\n"}},"recorded_at":"2026-11-20T09:30:00Z"}]}"#,
        r#"1: GET <HOST>/a -> 200 [content-type: application/json] json {"a":1} recorded 2026-11-20T09:30:00Z"#,
    );
    check(
        Format::Vcr,
        "interactions:
- request:
    body: null
    headers:
      User-Agent: ['python-requests/2']
    method: !!python/unicode 'GET'
    uri: https://x.test/a
  response:
    body: {string: !!binary 'gP8='}
    headers: {}
    status: {code: 404, message: Not Found}
version: 1
",
        "1: GET https://x.test/a [user-agent: python-requests/2] -> 404 base64 gP8=",
    );
}

#[test]
fn what_is_no_cassette_is_refused_with_its_line() {
    let again = "save the file again, whole, as its recorder writes it";
    check(
        Format::Vcr,
        "a: [1\nb: }",
        &format!("refused not YAML: illegal placement of ':' indicator at line 2 column 2; {again}"),
    );
    check(
        Format::Vcr,
        "- request:\n    method: get\n    uri: /a\n    body: !binary '*'\n",
        "refused line 4: `!binary` is not Base64: Invalid symbol 42, offset 0.; record the exchange again",
    );
    let bare = "refused no request: the file is a bare body, and nothing in it says what was asked; `cutover import pair` and `cutover import jsonl` take bare bodies";
    check(Format::Vcr, "", bare);
    check(Format::Vcr, "just a text", bare);
    check(Format::Vcr, "[{\"id\":1}]", bare);
    check(
        Format::Betamax,
        "http_interactions: []",
        &format!("refused not JSON: expected value at line 1 column 1; {again}"),
    );
    check(
        Format::Vcr,
        r#"{"http_interactions":{}}"#,
        "refused `http_interactions` is not a list; record the cassette again with its recorder",
    );
    check(Format::Vcr, r#"{"http_interactions":[]}"#, "");
}

#[test]
fn betamax_gives_packed_bodies_and_times_without_an_offset() {
    let packed = BASE64_STANDARD.encode(gzip("[1]"));
    check(
        Format::Betamax,
        &format!(
            r#"{{"http_interactions":[{{"request":{{"method":"GET","uri":"https://x.test/a","body":{{"encoding":"utf-8","string":""}},"headers":{{"Accept":"*/*"}}}},"response":{{"status":{{"code":200,"message":"OK"}},"headers":{{"Content-Type":"application/json","Content-Encoding":"gzip"}},"body":{{"encoding":"utf-8","base64_string":"{packed}","string":""}},"url":"https://x.test/a"}},"recorded_at":"2017-12-20T22:05:00"}}],"recorded_with":"betamax/0.8.0"}}"#
        ),
        "1: GET https://x.test/a [accept: */*] -> 200 [content-type: application/json] json [1] recorded 2017-12-20T22:05:00Z",
    );
}

#[test]
fn wiremock_stubs_that_name_one_request_are_exchanges() {
    check(
        Format::Wiremock,
        r#"{"mappings":[
            {"request":{"method":"GET","url":"/contacts?limit=2"},"response":{"status":200,"jsonBody":{"b":1.10,"a":[]}}},
            {"request":{"method":"GET","urlPath":"/contacts","queryParameters":{"q":{"equalTo":"a b"},"tag":{"hasExactly":[{"equalTo":"x"},{"equalTo":"y"}]},"z":{"absent":true}},"headers":{"Accept":{"equalTo":"application/json"},"X":{"contains":"y"}}},
             "response":{"headers":{"Content-Type":["text/plain"]},"body":"hello"}},
            {"request":{"method":"POST","urlPathTemplate":"/contacts/{id}/notes","pathParameters":{"id":{"equalTo":"7"}},"bodyPatterns":[{"equalToJson":{"t":1.0}}]},
             "response":{"status":201,"headers":{"Content-Type":"application/json"},"bodyFileName":"contact.json"}},
            {"request":{"method":"PUT","url":"/a","bodyPatterns":[{"equalTo":"x"}]},"response":{"base64Body":"gP8="}},
            {"request":{"method":"GET","url":"/b"},"response":{"fault":"CONNECTION_RESET_BY_PEER"}}
        ]}"#,
        r#"1: GET /contacts?limit=2 -> 200 json {"b":1.10,"a":[]}
2: GET /contacts?q=a%20b&tag=x&tag=y [accept: application/json] -> 200 [content-type: text/plain] text "hello"
3: POST /contacts/7/notes json {"t":1.0} -> 201 [content-type: application/json] json {"id":1.10}
4: PUT /a text "x" -> 200 base64 gP8=
5: GET /b -> reset (CONNECTION_RESET_BY_PEER)"#,
    );
}

#[test]
fn wiremock_stubs_that_fit_many_requests_are_refused_with_the_matcher() {
    let matcher = "let WireMock record the request, or write the one that was meant: \"urlPath\", \"equalTo\", \"equalToJson\"";
    let of = |request: &str, expected: &str| {
        let text = format!(r#"{{"request":{request},"response":{{"status":200}}}}"#);
        check(Format::Wiremock, &text, &format!("refused entry 1: request: {expected}"));
    };
    of(
        r#"{"method":"GET","urlPattern":"/a.*"}"#,
        &format!("no concrete request: the URL is a pattern, which fits many (`urlPattern`); {matcher}"),
    );
    of(
        r#"{"method":"GET","urlPathPattern":"/a.*"}"#,
        &format!("no concrete request: the path is a pattern, which fits many (`urlPathPattern`); {matcher}"),
    );
    of(
        r#"{"method":"ANY","url":"/a"}"#,
        "no concrete request: any method fits; write the method that was meant",
    );
    of(r#"{"method":"GET"}"#, "no concrete request: any URL fits; write \"url\" or \"urlPath\"");
    of(
        r#"{"method":"GET","urlPath":"/a","queryParameters":{"q":{"matches":".*"}}}"#,
        &format!("no concrete request: the query parameter `q` is given by a pattern; {matcher}"),
    );
    of(
        r#"{"method":"GET","urlPathTemplate":"/a/{id}"}"#,
        &format!("no concrete request: the path \"/a/{{id}}\" has parameters without a value; {matcher}"),
    );
    of(
        r#"{"method":"POST","url":"/a","bodyPatterns":[{"matchesJsonPath":"$.a"}]}"#,
        &format!("no concrete request: the body is given by a pattern (`matchesJsonPath`); {matcher}"),
    );
    of(
        r#"{"method":"POST","url":"/a","bodyPatterns":[{"equalTo":"a"},{"contains":"b"}]}"#,
        &format!("no concrete request: 2 patterns describe the body; {matcher}"),
    );
}

#[test]
fn wiremock_stubs_without_an_answer_of_their_own_are_refused() {
    let of = |response: &str, expected: &str| {
        let text = format!(r#"{{"request":{{"method":"GET","url":"/a"}},"response":{response}}}"#);
        check(Format::Wiremock, &text, &format!("refused entry 1: response: {expected}"));
    };
    of(
        r#"{"proxyBaseUrl":"https://x.test"}"#,
        "no response: the stub passes the request on; import the stubs that WireMock records there",
    );
    of(
        r#"{"body":"{{request.path}}","transformers":["response-template"]}"#,
        "no response: the body is a template, filled in when it is asked for; record the filled-in answer",
    );
    of(
        r#"{"bodyFileName":"absent.json"}"#,
        "the body's file \"absent.json\" cannot be read: entity not found; put WireMock's folder `__files` beside the folder of the mappings",
    );
    of(
        r#"{"fault":"SLOW"}"#,
        "\"SLOW\" is not a fault of WireMock; write one of WireMock's faults, or a response",
    );
}

#[test]
fn a_body_that_unpacks_beyond_the_limit_is_refused() {
    let cassette = |length: usize| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, &vec![b'0'; length]).expect("memory can be written");
        let packed = encoder.finish().expect("memory can be written");
        format!(
            r#"{{"http_interactions":[{{"request":{{"method":"GET","uri":"/a"}},"response":{{"status":{{"code":200}},"headers":{{"content-encoding":"gzip"}},"body":{{"base64_string":"{}"}}}}}}]}}"#,
            BASE64_STANDARD.encode(packed)
        )
    };
    let read = |length| read(Format::Betamax, cassette(length).as_bytes(), &|_| Ok(Vec::new()));
    assert_eq!(read(BODY_BYTES_MAX).refusals, []);
    assert_eq!(
        read(BODY_BYTES_MAX + 1).refusals[0].to_string(),
        "entry 1: response: the body is larger than 67108864 bytes once it is unpacked; take the entry out, or ask for smaller pages"
    );
}

#[test]
fn torn_and_unknown_encodings_are_refused_and_what_is_unpacked_already_is_kept() {
    let of = |encoding: &str, bytes: &[u8]| {
        let text = format!(
            r#"{{"http_interactions":[{{"request":{{"method":"GET","uri":"/a"}},"response":{{"status":200,"headers":{{"content-encoding":"{encoding}"}},"body":{{"base64_string":"{}"}}}}}}]}}"#,
            BASE64_STANDARD.encode(bytes)
        );
        told(Format::Betamax, &text)
    };
    let torn = &gzip("a long text that is cut in the middle")[..30];
    assert!(of("gzip", torn).starts_with("refused entry 1: response: the body is not whole gzip: "));
    assert_eq!(
        of("br", &[0x80, 0xff]),
        "refused entry 1: response: the body is encoded as \"br\", which is not read here; record it again with the request header `accept-encoding: gzip`"
    );
    assert_eq!(of("gzip", b"hello"), "1: GET /a -> 200 text \"hello\"");
    assert_eq!(of("br", b"hello"), "1: GET /a -> 200 text \"hello\"");
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut zlib, b"hello").expect("memory can be written");
    assert_eq!(of("deflate", &zlib.finish().expect("it ends")), "1: GET /a -> 200 text \"hello\"");
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut raw, b"hello").expect("memory can be written");
    assert_eq!(of("deflate", &raw.finish().expect("it ends")), "1: GET /a -> 200 text \"hello\"");
    let zstd = zstd::encode_all(&b"hello"[..], 1).expect("memory can be read");
    assert_eq!(of("zstd", &zstd), "1: GET /a -> 200 text \"hello\"");
    assert_eq!(of("gzip, gzip", &gzip("hello")), "1: GET /a -> 200 text \"hello\"");
    assert_eq!(
        of("gzip, gzip, gzip", &gzip("hello")),
        "refused entry 1: response: the body is encoded more than 2 times; take the entry out, or record it again"
    );
}

#[test]
fn a_yaml_that_is_deep_or_multiplies_itself_is_refused() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let said = told(Format::Vcr, &format!("a: {deep}"));
    assert_eq!(
        said,
        "refused nested deeper than 64 levels at line 1; a cassette is not: look for a body that was not written as a text"
    );
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = level - 1;
        let aliases = vec![format!("*a{before}"); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let said = told(Format::Vcr, &bomb);
    assert!(said.starts_with("refused aliases stand for more than 16777216 bytes at line"), "{said}");
}

#[test]
fn the_longest_url_and_the_largest_file_are_read_and_one_byte_more_is_not() {
    let of = |length: usize| {
        let url = format!("/{}", "a".repeat(length - 1));
        read(
            Format::Har,
            har(&format!(r#"{{"method":"GET","url":"{url}"}}"#), r#"{"status":204}"#, "").as_bytes(),
            &|_| Ok(Vec::new()),
        )
    };
    assert_eq!(of(URL_BYTES_MAX).entries.len(), 1);
    assert_eq!(
        of(URL_BYTES_MAX + 1).refusals[0].to_string(),
        "entry 1: request: the request's URL is longer than 65536 bytes; take the entry out"
    );
    let largest = usize::try_from(CASSETTE_BYTES_MAX).expect("it fits in memory");
    let mut file = vec![b' '; largest + 1];
    let sample = har(ASKED, r#"{"status":204}"#, "");
    file[..sample.len()].copy_from_slice(sample.as_bytes());
    assert_eq!(read(Format::Har, &file[..largest], &|_| Ok(Vec::new())).entries.len(), 1);
    let cassette = read(Format::Har, &file, &|_| Ok(Vec::new()));
    assert_eq!(
        cassette.refusals[0].to_string(),
        "the file is larger than 268435456 bytes; split it into several files"
    );
}
