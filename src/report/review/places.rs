//! Where the boxes and arrows of a picture are. The library chooses the order and the places; the columns are ours.

use dagre::graph::{Graph, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir, layout};
use textwrap::core::display_width;

use super::picture::{Column, Edge, Node, Picture};

/// The width of a character in the picture's monospaced font, and the height of a line, in pixels.
const CHARACTER: f64 = 7.3;
const LINE: f64 = 18.0;
/// The space between a box and its text.
pub const PADDING: f64 = 10.0;
/// How many characters of a name are drawn at most; the table below the picture has it whole.
pub const LONGEST: usize = 64;

/// A rectangle by its left upper corner.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rect {
    /// The left edge.
    pub x: f64,
    /// The upper edge.
    pub y: f64,
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
}

/// A point.
pub type Point = (f64, f64);

/// A picture whose parts have places.
#[derive(Debug, Default)]
pub struct Placed {
    /// The box of each node.
    pub boxes: Vec<Rect>,
    /// The points of each edge, from its left end to its right.
    pub paths: Vec<Vec<Point>>,
    /// Where the words of each edge are: their middle.
    pub words: Vec<Option<Point>>,
    /// The middle of each column that has a node.
    pub columns: Vec<(Column, f64)>,
    /// The size of the whole.
    pub size: Point,
}

/// Finds the places. The same picture gives the same places.
pub fn placed(picture: &Picture) -> Placed {
    let options = GraphOptions { directed: true, multigraph: true, compound: false };
    let mut graph: Graph<NodeLabel, EdgeLabel> = Graph::with_options(options);
    for (at, node) in picture.nodes.iter().enumerate() {
        let (width, height) = (width(picture, node.column), height(node));
        graph.set_node(at.to_string(), Some(NodeLabel { width, height, ..NodeLabel::default() }));
    }
    for (at, edge) in picture.edges.iter().enumerate() {
        let Some((from, to)) = columns(picture, edge) else { continue };
        let label = EdgeLabel {
            minlen: ranks(from, to),
            width: text_width(&edge.words) + PADDING,
            height: LINE,
            labelpos: LabelPos::Center,
            ..EdgeLabel::default()
        };
        graph.set_edge(edge.from.to_string(), edge.to.to_string(), Some(label), Some(&at.to_string()));
    }
    hold_columns(&mut graph, picture);
    let options = LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: 18.0,
        edgesep: 12.0,
        ranksep: 52.0,
        marginx: PADDING,
        marginy: PADDING,
        ..LayoutOptions::default()
    };
    layout(&mut graph, Some(options));
    read(&graph, picture)
}

/// Invisible nodes, one for each column, that hold parts of the picture together which no arrow joins: else each part would begin
/// in the first column.
fn hold_columns(graph: &mut Graph<NodeLabel, EdgeLabel>, picture: &Picture) {
    let light = |minlen| Some(EdgeLabel { minlen, weight: 0, ..EdgeLabel::default() });
    let name = |column: Column| format!("column {}", column.title());
    for column in Column::ALL {
        graph.set_node(name(column), Some(NodeLabel::default()));
    }
    for pair in Column::ALL.windows(2) {
        let strong = EdgeLabel { minlen: 1, ..EdgeLabel::default() };
        graph.set_edge(name(pair[0]), name(pair[1]), Some(strong), None);
    }
    for (at, node) in picture.nodes.iter().enumerate() {
        let starts = picture.edges.iter().all(|edge| edge.to != at || columns(picture, edge).is_none());
        let (from, to, gap) = match node.column {
            _ if !starts => continue,
            Column::Workload => (at.to_string(), name(Column::Account), 1),
            column => (name(Column::Workload), at.to_string(), ranks(Column::Workload, column)),
        };
        graph.set_edge(from, to, light(gap), None);
    }
}

/// The columns that an edge joins, where it points to the right.
fn columns(picture: &Picture, edge: &Edge) -> Option<(Column, Column)> {
    let column = |at: usize| picture.nodes.get(at).map(|node| node.column);
    Some((column(edge.from)?, column(edge.to)?)).filter(|(from, to)| from < to)
}

/// How many columns an edge spans.
fn ranks(from: Column, to: Column) -> i32 {
    let place = |column| Column::ALL.iter().position(|one| *one == column).and_then(|at| i32::try_from(at).ok());
    (place(to).unwrap_or_default() - place(from).unwrap_or_default()).max(1)
}

/// Every box of a column is as wide as its widest.
fn width(picture: &Picture, column: Column) -> f64 {
    let texts = picture.nodes.iter().filter(|node| node.column == column);
    let widest = texts.flat_map(|node| node.names.iter().chain([&node.detail])).map(|text| text_width(text));
    widest.fold(text_width(column.title()), f64::max) + 2.0 * PADDING
}

fn height(node: &Node) -> f64 {
    let lines = node.names.len() + usize::from(!node.detail.is_empty());
    LINE * number(lines) + PADDING
}

/// The width of a text as it is drawn.
pub fn text_width(text: &str) -> f64 {
    CHARACTER * number(display_width(text).min(LONGEST))
}

/// The lines of a box: where the text of each begins.
pub fn lines(place: Rect, count: usize) -> impl Iterator<Item = Point> {
    (0..count).map(move |at| (place.x + PADDING, place.y + LINE * number(at + 1)))
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Reads what the library found.
fn read(graph: &Graph<NodeLabel, EdgeLabel>, picture: &Picture) -> Placed {
    let mut placed = Placed::default();
    let (mut right, mut lower) = (0.0_f64, 0.0_f64);
    for at in 0..picture.nodes.len() {
        let node = graph.node(&at.to_string());
        let (x, y) = node.map(|node| (node.x.unwrap_or_default(), node.y.unwrap_or_default())).unwrap_or_default();
        let (width, height) = node.map(|node| (node.width, node.height)).unwrap_or_default();
        placed.boxes.push(Rect { x: x - width / 2.0, y: y - height / 2.0, width, height });
        (right, lower) = (right.max(x + width / 2.0), lower.max(y + height / 2.0));
    }
    for (at, edge) in picture.edges.iter().enumerate() {
        let label = graph.edge(&edge.from.to_string(), &edge.to.to_string(), Some(&at.to_string()));
        let ends = placed.boxes.get(edge.from).zip(placed.boxes.get(edge.to));
        let Some((from, to)) = ends.filter(|_| columns(picture, edge).is_some()) else {
            placed.paths.push(Vec::new());
            placed.words.push(None);
            continue;
        };
        let words = label.and_then(|label| Some((label.x?, label.y?)));
        let inner = label.map(|label| label.points.as_slice()).unwrap_or_default();
        let inner = inner.get(1..inner.len().saturating_sub(1)).unwrap_or_default().iter().map(|at| (at.x, at.y));
        // Behind its words an arrow is level.
        let half = text_width(&edge.words) / 2.0;
        let inner = inner.flat_map(|(x, y)| match words {
            Some((middle, _)) if (middle - x).abs() < 1.0 => vec![(x - half, y), (x + half, y)],
            _ => vec![(x, y)],
        });
        let start = (from.x + from.width, from.y + from.height / 2.0);
        let end = (to.x, to.y + to.height / 2.0);
        placed.paths.push(std::iter::once(start).chain(inner).chain([end]).collect());
        placed.words.push(words);
        lower = placed.paths.iter().skip(at).flatten().fold(lower, |lower, point| lower.max(point.1 + LINE));
    }
    for column in Column::ALL {
        let at = picture.nodes.iter().position(|node| node.column == column);
        placed.columns.extend(at.map(|at| (column, placed.boxes[at].x + placed.boxes[at].width / 2.0)));
    }
    placed.size = (right + PADDING, lower + PADDING);
    placed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::review::Tone;

    fn pictures() -> impl Strategy<Value = Picture> {
        let node = (0..4_usize, 1..4_usize, 0..30_usize).prop_map(|(column, names, length)| Node {
            column: Column::ALL[column],
            names: vec!["n".repeat(length); names],
            detail: "detail".to_owned(),
            tone: Tone::Wanted,
        });
        (prop::collection::vec(node, 0..12), prop::collection::vec((0..13_usize, 0..13_usize), 0..30)).prop_map(
            |(nodes, edges)| {
                let edge = |(from, to)| Edge { from, to, words: "touches".to_owned(), tone: Tone::Wanted };
                Picture { nodes, edges: edges.into_iter().map(edge).collect() }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
        #[test]
        fn boxes_stay_apart_and_columns_in_order(picture in pictures()) {
            let placed = placed(&picture);
            let boxes: Vec<(Column, Rect)> =
                picture.nodes.iter().map(|node| node.column).zip(placed.boxes.iter().copied()).collect();
            for (at, (column, one)) in boxes.iter().enumerate() {
                prop_assert!(one.x >= 0.0 && one.y >= 0.0 && one.x + one.width <= placed.size.0 && one.y + one.height <= placed.size.1);
                for (other_column, other) in &boxes[at + 1..] {
                    let apart = one.y + one.height <= other.y || other.y + other.height <= one.y;
                    prop_assert!(column != other_column || apart, "{one:?} {other:?}");
                    prop_assert!(column >= other_column || one.x + one.width < other.x, "{one:?} {other:?}");
                    prop_assert!(column <= other_column || other.x + other.width < one.x, "{one:?} {other:?}");
                }
            }
            prop_assert_eq!(placed.paths.len(), picture.edges.len());
            prop_assert!(placed.paths.iter().flatten().all(|(x, y)| x.is_finite() && y.is_finite()));
            prop_assert_eq!(format!("{placed:?}"), format!("{:?}", super::placed(&picture)), "the same each time");
        }
    }
}
