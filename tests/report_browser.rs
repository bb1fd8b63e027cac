//! The report of the bundled sample in a browser: everything is there, nothing is asked of the network, it fits a phone.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use emptor::period::Grain;
use emptor::prelude::*;
use emptor::profile::product::Unit;
use emptor::profile::{SevenPSettings, Window};
use emptor::report::{Gathered, Report, ReportSettings, currency_of};
use emptor::types::silent;
use emptor_datasets::sample;

/// A width of phones in use, in CSS pixels.
const PHONE: u32 = 350;

/// Chromium under the names it has, or `None`, said.
fn browser() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect())?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no chromium on PATH");
    }
    found
}

/// Opens a page without a network; a profile of its own, so that two runs do not wait for each other.
fn open(browser: &Path, folder: &Path, page: &Path, arguments: &[String]) -> Output {
    Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--v=0"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap()
}

fn html() -> String {
    let tables = sample::company().unwrap();
    let (first, last) = tables.transactions().quality().days.unwrap();
    let analysis = Analysis::builder()
        .as_of(last)
        .convention(
            LifetimeValue::builder()
                .rate(DiscountRate::annual_effective(0.12).unwrap())
                .horizon(Horizon::months(36.0).unwrap())
                .period(TimeUnit::Month)
                .timing(Timing::Middle)
                .build()
                .unwrap(),
        )
        .unit(TimeUnit::Week)
        .build()
        .unwrap();
    let window = Window::usual(first, last, Grain::Month).unwrap();
    let gathered = Gathered::compute(&tables, &analysis, window, SevenPSettings::new(Unit::Order), &silent).unwrap();
    let settings = ReportSettings { currency: currency_of(&tables).unwrap(), ..ReportSettings::default() };
    assert_eq!(settings.currency, "€");
    let material = gathered.material().with_provenance("Data", "the bundled sample");
    let report = Report::of(material, &settings).unwrap();
    let html = report.html().unwrap();
    for chart in ["grades-moves", "fit-holdout", "equity-tornado"] {
        assert!(report.pictures().any(|(name, _)| name == chart), "{chart}");
    }
    for part in report.parts() {
        assert!(html.contains(&format!("<section id=\"{}\"", part.id)), "{}", part.id);
    }
    html
}

/// Lines of the browser's log that come from the page: errors of scripts and refusals of the content policy.
fn complaints(output: &Output) -> Vec<String> {
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect()
}

/// Addresses that the page asked for, in the browser's log of the network; what the browser asks for itself has no origin.
fn asked(log: &str) -> Vec<String> {
    let requests = log.split("\"initiator\":\"").skip(1).filter(|request| !request.starts_with("not an origin"));
    let addresses = requests.filter_map(|request| request.split("\"url\":\"").nth(1)?.split('"').next());
    addresses
        .filter(|address| !address.starts_with("file:") && !address.starts_with("data:"))
        .map(str::to_owned)
        .collect()
}

/// A page that holds the report in a frame as wide as a phone (a window is never narrower than 500 pixels) and says
/// whether it fits: its width, the frame's, and what stands out.
fn framed(html: &str) -> String {
    let inner = html.replace('&', "&amp;").replace('"', "&quot;");
    let mut page = String::from("<!doctype html><meta charset=\"utf-8\"><pre id=\"says\"></pre>");
    let _ = write!(
        page,
        "<iframe id=\"frame\" style=\"border:0;width:{PHONE}px;height:900px\" srcdoc=\"{inner}\"></iframe>"
    );
    page + "<script>onload = () => { const page = frame.contentDocument, width = frame.contentWindow.innerWidth; \
            const out = [...page.querySelectorAll('body *')].filter((e) => !e.closest('.scroll, svg, .skip') && \
            e.getBoundingClientRect().right > width + 1).map((e) => e.tagName + ' ' + e.textContent.slice(0, 30)); \
            says.textContent = `width ${page.documentElement.scrollWidth} of ${width}; ${page.querySelectorAll('section').length} \
            sections; out: ${out.slice(0, 5)}`; };</script>"
}

#[test]
fn the_report_opens_in_a_browser_fits_a_phone_and_prints() {
    let Some(browser) = browser() else { return };
    let html = html();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    std::fs::write(&page, &html).unwrap();

    // The page as the browser built it, with what its script adds.
    let net = folder.path().join("net.json");
    let output =
        open(&browser, folder.path(), &page, &["--dump-dom".to_owned(), format!("--log-net-log={}", net.display())]);
    let built = String::from_utf8_lossy(&output.stdout);
    let sections = html.matches("<section ").count();
    assert!(sections >= 10, "{sections} sections");
    assert_eq!(built.matches("<section ").count(), sections, "{}", String::from_utf8_lossy(&output.stderr));
    assert!(built.contains("<th scope=\"col\"><button type=\"button\">"), "the script did not run");
    assert_eq!(complaints(&output), Vec::<String>::new());
    let log = std::fs::read_to_string(&net).unwrap();
    assert!(log.contains("\"constants\":"), "the browser has written what it asked for");
    assert_eq!(asked(&log), Vec::<String>::new());

    let phone = folder.path().join("phone.html");
    std::fs::write(&phone, framed(&html)).unwrap();
    let output = open(&browser, folder.path(), &phone, &["--dump-dom".to_owned()]);
    let built = String::from_utf8_lossy(&output.stdout);
    let says =
        built.split("<pre id=\"says\">").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap_or("nothing");
    let width =
        says.strip_prefix("width ").and_then(|rest| rest.split(' ').next()).and_then(|width| width.parse::<u32>().ok());
    assert!(width.is_some_and(|width| width <= PHONE) && says.ends_with("out: "), "{says}");
    assert!(says.contains(&format!("{sections} sections")), "{says}");

    let pdf = folder.path().join("report.pdf");
    open(
        &browser,
        folder.path(),
        &page,
        &["--no-pdf-header-footer".to_owned(), format!("--print-to-pdf={}", pdf.display())],
    );
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF"));
}
