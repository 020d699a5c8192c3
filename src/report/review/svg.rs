//! The picture as SVG: by itself with its style, or as a part of a page that has the style.

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::picture::{Node, Picture, Tone};
use super::places::{LONGEST, Placed, Point, Rect, lines, placed, text_width};
use crate::base::error::one_line;

/// The style of the picture, in light and dark.
pub const STYLE: &str = include_str!("../../../templates/picture.css");
/// The space above the boxes, for the headings of the columns.
const HEAD: f64 = 34.0;
/// How long an arrow's head is.
const ARROW: f64 = 9.0;

type Xml = Writer<Vec<u8>>;

/// The picture as a file of its own.
pub fn svg(picture: &Picture, title: &str) -> String {
    drawn(picture, title, true)
}

/// The picture as a part of a page, which has the style `STYLE`.
pub fn svg_part(picture: &Picture, title: &str) -> String {
    drawn(picture, title, false)
}

fn drawn(picture: &Picture, title: &str, alone: bool) -> String {
    let placed = placed(picture);
    let mut writer = Writer::new(Vec::new());
    // Writing into memory does not fail.
    let _ = whole(&mut writer, picture, &placed, title, alone);
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("{}\n", text.replace("><", ">\n<"))
}

fn whole(writer: &mut Xml, picture: &Picture, placed: &Placed, title: &str, alone: bool) -> std::io::Result<()> {
    let (width, height) = (placed.size.0.ceil(), (placed.size.1 + HEAD).ceil());
    let view = format!("0 0 {width} {height}");
    let (width, height) = (width.to_string(), height.to_string());
    let attributes = [
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("class", "picture"),
        ("viewBox", view.as_str()),
        ("width", width.as_str()),
        ("height", height.as_str()),
        ("role", "img"),
        ("aria-labelledby", "picture-title picture-words"),
    ];
    writer.create_element("svg").with_attributes(attributes).write_inner_content(|writer| {
        text_of(writer, "title", &[("id", "picture-title")], title)?;
        text_of(writer, "desc", &[("id", "picture-words")], &picture.sentence())?;
        if alone {
            writer.create_element("style").write_text_content(BytesText::from_escaped(STYLE))?;
            writer
                .create_element("rect")
                .with_attributes([("class", "paper"), ("width", width.as_str()), ("height", height.as_str())])
                .write_empty()?;
        }
        for (column, middle) in &placed.columns {
            let at = [("class", "heading"), ("x", &*length(*middle)), ("y", "22")];
            text_of(writer, "text", &at, column.title())?;
        }
        arrows(writer, picture, placed)?;
        picture.nodes.iter().zip(&placed.boxes).try_for_each(|(node, place)| node_box(writer, node, *place))
    })?;
    Ok(())
}

/// The arrows that matter most are drawn last, above the others; then the words of all of them.
fn arrows(writer: &mut Xml, picture: &Picture, placed: &Placed) -> std::io::Result<()> {
    for tone in [Tone::Refused, Tone::Wanted, Tone::Others] {
        let of = |(edge, _): &(&super::picture::Edge, &Vec<Point>)| edge.tone == tone;
        for (_, points) in picture.edges.iter().zip(&placed.paths).filter(of) {
            let class = format!("arrow {}", tone.as_str());
            writer
                .create_element("path")
                .with_attributes([("class", &*class), ("d", &*curve(points))])
                .write_empty()?;
            let class = format!("head {}", tone.as_str());
            writer.create_element("path").with_attributes([("class", &*class), ("d", &*head(points))]).write_empty()?;
        }
    }
    for (edge, place) in picture.edges.iter().zip(&placed.words) {
        let Some((x, y)) = place else { continue };
        let width = text_width(&edge.words) + 4.0;
        let behind = [
            ("class", "paper"),
            ("x", &*length(x - width / 2.0)),
            ("y", &*length(y + HEAD - 8.0)),
            ("width", &*length(width)),
            ("height", "16"),
        ];
        writer.create_element("rect").with_attributes(behind).write_empty()?;
        let class = format!("words {}", edge.tone.as_str());
        let at = [("class", &*class), ("x", &*length(*x)), ("y", &*length(y + HEAD + 4.0))];
        text_of(writer, "text", &at, &edge.words)?;
    }
    Ok(())
}

fn node_box(writer: &mut Xml, node: &Node, place: Rect) -> std::io::Result<()> {
    let place = Rect { y: place.y + HEAD, ..place };
    let class = format!("node {}", node.tone.as_str());
    writer.create_element("g").with_attribute(("class", &*class)).write_inner_content(|writer| {
        let (x, y) = (length(place.x), length(place.y));
        let (width, height) = (length(place.width), length(place.height));
        let attributes = [("x", &*x), ("y", &*y), ("width", &*width), ("height", &*height), ("rx", "6")];
        writer.create_element("rect").with_attributes(attributes).write_empty()?;
        let details = Some((&node.detail, "detail")).filter(|(text, _)| !text.is_empty());
        let texts: Vec<(&String, &str)> = node.names.iter().map(|name| (name, "name")).chain(details).collect();
        for ((text, class), (x, y)) in texts.iter().zip(lines(place, texts.len())) {
            text_of(writer, "text", &[("class", class), ("x", &length(x)), ("y", &length(y))], &short(text))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn text_of(writer: &mut Xml, element: &str, attributes: &[(&str, &str)], text: &str) -> std::io::Result<()> {
    let element = writer.create_element(element).with_attributes(attributes.iter().copied());
    element.write_text_content(BytesText::new(&one_line(text))).map(drop)
}

/// A text that is too long, with its middle left out.
fn short(text: &str) -> String {
    let text = one_line(text);
    let count = text.chars().count();
    if count <= LONGEST {
        return text;
    }
    let half = (LONGEST - 1) / 2;
    let (start, end): (String, String) = (text.chars().take(half).collect(), text.chars().skip(count - half).collect());
    format!("{start}…{end}")
}

/// A curve through points that leaves and reaches each of them level.
fn curve(points: &[Point]) -> String {
    let Some((first, rest)) = points.split_first() else { return String::new() };
    let mut path = format!("M{} {}", length(first.0), length(first.1 + HEAD));
    let mut from = *first;
    for (number, to) in rest.iter().enumerate() {
        let end = if number + 1 == rest.len() { to.0 - ARROW } else { to.0 };
        let middle = f64::midpoint(from.0, end);
        path.push_str(&format!(
            " C{} {} {} {} {} {}",
            length(middle),
            length(from.1 + HEAD),
            length(middle),
            length(to.1 + HEAD),
            length(end),
            length(to.1 + HEAD)
        ));
        from = *to;
    }
    path
}

/// The head of an arrow at the last point.
fn head(points: &[Point]) -> String {
    let Some((x, y)) = points.last() else { return String::new() };
    let (back, y) = (x - ARROW, y + HEAD);
    format!(
        "M{} {} L{} {} L{} {} Z",
        length(*x),
        length(y),
        length(back),
        length(y - 4.5),
        length(back),
        length(y + 4.5)
    )
}

/// A length with one digit after the point, the same on every machine.
fn length(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
