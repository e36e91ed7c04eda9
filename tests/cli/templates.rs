//! Templates of a user: in the place of the program's own, escaped all the same, and told to whoever verifies.

use crate::program::{Program, keywitness};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with one template in it.
fn templates(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    fs::write(folder.path().join(name), text).expect("a file");
    folder
}

fn report(sample: &str, templates: &TempDir) -> Program {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    let sample = sample.to_str().expect("UTF-8").to_owned();
    let folder = templates.path().to_str().expect("UTF-8");
    keywitness(["report", &sample, "--json", "--templates", folder])
}

#[test]
fn a_template_takes_the_place_of_the_programs_own_and_a_verifier_must_have_it() {
    let ours = templates("nature.html", "<p>Words of ours about {{ r.title }}.</p>");
    let pack = report("halcyon-parcels", &ours).done().expect(3).pack();
    let page = pack.text("data/report.html");
    assert!(page.contains("<p>Words of ours about "), "the template is printed");
    assert!(page.contains("id=\"gaps\""), "the others stay");
    assert!(pack.text("pack.json").contains("\"nature.html\""), "the pack says so");
    assert!(!pack.files().iter().any(|f| f.contains("templates")), "no template is in the pack");

    let without = pack.verify(["--expect-root", &pack.root]).expect(3);
    assert!(without.stdout.contains("made with templates of its own"), "{}", without.stdout);
    let folder = ours.path().to_str().expect("UTF-8");
    pack.verify(["--expect-root", &pack.root, "--templates", folder]).expect(0);
}

#[test]
fn the_configuration_names_templates_and_the_classification() {
    let ours = templates("nature.html", "<p>Words of the file.</p>");
    let folder = ours.path();
    let table = "classification = \"Confidential <1>\"\n[run]\ntemplates = \".\"\n";
    fs::write(folder.join("own.toml"), table).expect("a file");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/hostile-names");
    let (sample, config) = (sample.to_str().expect("UTF-8"), folder.join("own.toml"));
    let config = config.to_str().expect("UTF-8");
    let page =
        keywitness(["report", sample, "--json", "--config", config]).done().expect(3).pack().text("data/report.html");
    assert!(page.contains("<p>Words of the file.</p>"), "the folder beside the file");
    assert!(
        page.contains("<b class=\"classification\">Confidential &lt;1&gt;</b>"),
        "the classification stands on the cover"
    );
    assert!(page.contains("Regions that were not asked:"), "and so do the Regions");
}

#[test]
fn what_a_template_prints_is_escaped_like_everything_else() {
    let ours = templates("streams-rows.html", "{% for s in rows %}<p>{{ s.name }} {{ s.tags }}</p>{% endfor %}");
    let page = report("hostile-names", &ours).done().expect(3).pack().text("data/report.html");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>alert"), "escaped");
}

#[test]
fn a_template_that_is_unknown_broken_or_unescaped_stops_the_run_before_it_begins() {
    for (name, text, why) in [
        ("natur.html", "x", "natur.html is no template of the report"),
        ("nature.html", "{% if %}", "nature.html"),
        ("nature.html", "{{ r.title | safe }}", "uses the filter safe"),
        ("nature.txt", "x", "no file ends in .html"),
    ] {
        let outcome = report("halcyon-parcels", &templates(name, text)).done().expect(2);
        assert!(
            outcome.stderr.contains("cannot use the templates in") && outcome.stderr.contains(why),
            "{}",
            outcome.stderr
        );
    }
}
