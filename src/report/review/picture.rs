//! The picture: who may touch what, as nodes in four columns and edges between them. Pure; `svg` and `text` draw it.

use serde::{Deserialize, Serialize};

/// A column of the picture, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Column {
    /// Who asks: a workload of a chart, or somebody else.
    Workload,
    /// What it shows to prove who it is.
    Account,
    /// The role or key that it gets.
    Identity,
    /// What it reaches.
    Bucket,
}

impl Column {
    /// All of them, from left to right.
    pub const ALL: [Self; 4] = [Self::Workload, Self::Account, Self::Identity, Self::Bucket];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Workload => "Workload",
            Self::Account => "ServiceAccount or token",
            Self::Identity => "Role or key",
            Self::Bucket => "Bucket",
        }
    }
}

/// What a node or an edge stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tone {
    /// The spec wants it.
    #[default]
    Wanted,
    /// It is refused.
    Refused,
    /// Somebody else has it, and the spec does not want that.
    Others,
}

impl Tone {
    /// Its word: the class in SVG.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Refused => "refused",
            Self::Others => "others",
        }
    }
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its column.
    pub column: Column,
    /// Its names, one on each line.
    pub names: Vec<String>,
    /// What it is.
    pub detail: String,
    /// What it stands for.
    pub tone: Tone,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// The node that it leaves, by its place in the list.
    pub from: usize,
    /// The node that it reaches.
    pub to: usize,
    /// What it says.
    pub words: String,
    /// What it stands for.
    pub tone: Tone,
}

/// Who may touch what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub edges: Vec<Edge>,
}

impl Picture {
    /// The node of this column with this first name; it is added where it is not there.
    pub(super) fn node(&mut self, column: Column, name: &str, detail: &str) -> usize {
        let same = |node: &Node| node.column == column && node.names.iter().any(|one| one == name);
        if let Some(there) = self.nodes.iter().position(same) {
            return there;
        }
        self.add(Node { column, names: vec![name.to_owned()], detail: detail.to_owned(), tone: Tone::Wanted })
    }

    /// Adds a node.
    pub(super) fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds an edge, once. An edge points to the right; one that does not is left out.
    pub(super) fn edge(&mut self, from: usize, to: usize, words: &str, tone: Tone) {
        let edge = Edge { from, to, words: words.to_owned(), tone };
        let column = |at: usize| self.nodes.get(at).map(|node| node.column);
        if column(from) < column(to) && !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    /// The picture in one sentence, for whoever does not see it.
    pub fn sentence(&self) -> String {
        let count = |column: Column| {
            let wanted = self.nodes.iter().filter(|node| node.column == column && node.tone == Tone::Wanted);
            wanted.map(|node| node.names.len()).sum::<usize>()
        };
        let others = match self.nodes.iter().filter(|node| node.tone == Tone::Others).count() {
            0 => String::new(),
            count => format!(" {} more than the spec gives them.", counted(count, "other has", "others have")),
        };
        format!(
            "{} {} through {}. The spec gives nobody else anything.{others}",
            counted(count(Column::Workload), "workload reaches", "workloads reach"),
            counted(count(Column::Bucket), "bucket", "buckets"),
            counted(count(Column::Identity), "role or key", "roles or keys")
        )
    }

    /// The picture as rows of a table: each edge in the order of its columns.
    pub fn rows(&self) -> Vec<Row> {
        let name = |at: usize| self.nodes.get(at).map(|node| node.names.join(", ")).unwrap_or_default();
        let column = |at: usize| self.nodes.get(at).map(|node| node.column);
        let mut edges: Vec<&Edge> = self.edges.iter().collect();
        edges.sort_by_key(|edge| (column(edge.from), edge.from, edge.to));
        let row =
            |edge: &&Edge| Row { from: name(edge.from), words: edge.words.clone(), to: name(edge.to), tone: edge.tone };
        edges.iter().map(row).collect()
    }
}

/// An edge in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Who.
    pub from: String,
    /// Does what.
    pub words: String,
    /// With what.
    pub to: String,
    /// What it stands for.
    pub tone: Tone,
}

/// A count with its word: `1 error`, `2 errors`.
pub(super) fn counted(count: usize, one: &str, more: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    }
}
