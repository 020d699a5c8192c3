//! The page: one HTML file that needs no network and no script, with its own data in it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tera::{Context, Tera};

use super::difference::Difference;
use super::model::Review;
use super::svg::{STYLE, svg_part};
use crate::base::error::{Code, Error, Result, visible};

const TEMPLATE: &str = include_str!("../../../templates/report.html.tera");
const PAGE_STYLE: &str = include_str!("../../../templates/report.css");
/// What begins and ends the page's data. Nothing in the data can end it, since no `<` is written there.
const START: &str = "<script type=\"application/json\" id=\"bucketwright-report\">";
const END: &str = "</script>";

/// What a page holds: a review, and how it differs from the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The version of this form.
    pub version: u32,
    /// The review.
    pub review: Review,
    /// How it differs, where there was another.
    pub difference: Option<Difference>,
}

/// Reads what a page holds; `None` where the text is no page of ours.
pub fn signed(text: &str) -> Option<Signed> {
    let (_, rest) = text.split_once(START)?;
    let (data, _) = rest.split_once(END)?;
    serde_json::from_str(data).ok().filter(|signed: &Signed| signed.version == VERSION)
}

/// The version of the data in pages.
const VERSION: u32 = 1;

impl Signed {
    /// A review, and how it differs from the one before.
    pub fn new(review: Review, difference: Option<Difference>) -> Self {
        Self { version: VERSION, review, difference }
    }
}

/// Writes the page. The same review gives the same bytes.
///
/// # Errors
/// `BW0303` when the template fails, which is a defect.
pub fn page(signed: &Signed) -> Result<String> {
    let mut tera = Tera::new();
    let mut shown = json!(signed);
    make_visible(&mut shown);
    let style = format!("{PAGE_STYLE}{STYLE}");
    let review = &signed.review;
    let mut context = Context::new();
    context.insert("review", &shown["review"]);
    context.insert("difference", &shown["difference"]);
    context.insert("fingerprint", &review.fingerprint());
    context.insert("program", concat!("bucketwright ", env!("CARGO_PKG_VERSION")));
    context.insert("style", &style);
    context.insert("style_hash", &STANDARD.encode(digest(&SHA256, style.as_bytes())));
    context.insert("picture", &svg_part(&review.picture, &format!("Who may touch what: {}", review.spec)));
    context.insert("sentence", &review.picture.sentence());
    context.insert("rows", &{
        let mut rows = json!(review.picture.rows());
        make_visible(&mut rows);
        rows
    });
    context.insert("data", &format!("{START}{}{END}", data(signed)));
    let rendered = tera.add_raw_template("report.html", TEMPLATE).and_then(|()| tera.render("report.html", &context));
    rendered.map_err(|error| {
        Error::new(Code::BAD_EXPRESSION, format!("the page cannot be written: {error}")).caused_by(&error)
    })
}

/// The data as JSON in which no text ends the element, opens a comment, or turns the direction of writing.
fn data(signed: &Signed) -> String {
    let text = crate::report::json_text(&json!(signed));
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Makes the hidden characters of every text visible: a page must read as what it says.
fn make_visible(value: &mut Value) {
    match value {
        Value::String(text) => *text = visible(text),
        Value::Array(items) => items.iter_mut().for_each(make_visible),
        Value::Object(entries) => entries.values_mut().for_each(make_visible),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_back_as_what_it_was_made_of() {
        let review = Review { spec: "</script><!--\u{202e}&lt;".to_owned(), ..Review::default() };
        let signed = Signed::new(review, Some(Difference::default()));
        let text = page(&signed).expect("a page");
        assert_eq!(super::signed(&text), Some(signed));
        assert!(!text.contains('\u{202e}'), "what is hidden is made visible");
        assert_eq!(text.matches("<script").count(), 1, "only the data");
    }

    #[test]
    fn other_texts_are_no_pages() {
        for text in ["", "<html>", &format!("{START}{{}}{END}"), &format!("{START}{{\"version\": 1")] {
            assert_eq!(signed(text), None, "{text}");
        }
    }
}
