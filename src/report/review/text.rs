//! The picture for other tools: as Mermaid and as DOT.

use super::picture::{Column, Node, Picture, Tone};
use crate::base::error::one_line;

/// The picture as a Mermaid flowchart.
///
/// Source of the escapes: Mermaid, "Flowcharts: Entity codes to escape characters".
pub fn mermaid(picture: &Picture, title: &str) -> String {
    let mut out = format!("---\ntitle: {}\n---\nflowchart LR\n", yaml_text(title));
    for column in Column::ALL {
        let nodes: Vec<(usize, &Node)> = of_column(picture, column).collect();
        if nodes.is_empty() {
            continue;
        }
        out.push_str(&format!("  subgraph {column:?}[\"{}\"]\n", in_mermaid(column.title())));
        for (at, node) in nodes {
            let texts: Vec<String> = texts(node).map(in_mermaid).collect();
            out.push_str(&format!("    n{at}[\"{}\"]:::{}\n", texts.join("<br/>"), node.tone.as_str()));
        }
        out.push_str("  end\n");
    }
    for edge in &picture.edges {
        let arrow = match edge.tone {
            Tone::Wanted => "-->",
            Tone::Refused => "-.->",
            Tone::Others => "==>",
        };
        out.push_str(&format!("  n{} {arrow}|\"{}\"| n{}\n", edge.from, in_mermaid(&edge.words), edge.to));
    }
    out.push_str("  classDef wanted stroke:#0b5cad\n");
    out.push_str("  classDef refused stroke:#6e7781,stroke-dasharray:5 4\n");
    out.push_str("  classDef others stroke:#b3261e,stroke-width:3px\n");
    out
}

/// The picture as DOT, for Graphviz.
///
/// Source of the escapes: Graphviz, "The DOT Language" and "escString".
pub fn dot(picture: &Picture, title: &str) -> String {
    let mut out = format!("digraph picture {{\n  label=\"{}\"\n  labelloc=t\n  rankdir=LR\n", in_dot(title));
    out.push_str("  node [shape=box, style=\"rounded\", fontname=\"monospace\"]\n  edge [fontname=\"monospace\"]\n");
    for column in Column::ALL {
        let mut nodes = of_column(picture, column).peekable();
        if nodes.peek().is_none() {
            continue;
        }
        out.push_str(&format!("  subgraph \"{}\" {{\n    rank=same\n", in_dot(column.title())));
        for (at, node) in nodes {
            let texts: Vec<String> = texts(node).map(in_dot).collect();
            out.push_str(&format!("    n{at} [label=\"{}\"{}]\n", texts.join("\\n"), look(node.tone)));
        }
        out.push_str("  }\n");
    }
    for edge in &picture.edges {
        let (words, look) = (in_dot(&edge.words), look(edge.tone));
        out.push_str(&format!("  n{} -> n{} [label=\"{words}\"{look}]\n", edge.from, edge.to));
    }
    out.push_str("}\n");
    out
}

fn of_column(picture: &Picture, column: Column) -> impl Iterator<Item = (usize, &Node)> {
    picture.nodes.iter().enumerate().filter(move |(_, node)| node.column == column)
}

fn texts(node: &Node) -> impl Iterator<Item = &str> {
    let detail = Some(node.detail.as_str()).filter(|text| !text.is_empty());
    node.names.iter().map(String::as_str).chain(detail)
}

fn look(tone: Tone) -> &'static str {
    match tone {
        Tone::Wanted => "",
        Tone::Refused => ", color=\"#6e7781\", style=\"dashed\"",
        Tone::Others => ", color=\"#b3261e\", penwidth=3",
    }
}

/// A text between Mermaid's quotes: whatever is no letter, digit or harmless sign becomes a code of its own.
fn in_mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if c.is_alphanumeric() || " -_./:,()+=@…".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("#{};", u32::from(c)));
        }
    }
    out
}

/// A text between DOT's quotes.
fn in_dot(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// A text as YAML has it in double quotes, for Mermaid's front matter: JSON's escapes are YAML's.
fn yaml_text(text: &str) -> String {
    serde_json::Value::from(one_line(text)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Picture {
        let node = |column, name: &str| Node {
            column,
            names: vec![name.to_owned()],
            detail: String::new(),
            tone: Tone::Wanted,
        };
        let mut picture = Picture {
            nodes: vec![node(Column::Workload, "\"] --> x[\"`<b>"), node(Column::Bucket, "a\\N\"b\u{202e}")],
            edges: Vec::new(),
        };
        picture.edge(0, 1, "reads; \"end\"", Tone::Others);
        picture
    }

    #[test]
    fn a_name_stays_a_name_in_mermaid() {
        let text = mermaid(&hostile(), "a: \"b\"");
        assert!(text.starts_with("---\ntitle: \"a: \\\"b\\\"\"\n---\n"), "{text}");
        assert!(text.contains("n0[\"#34;#93; --#62; x#91;#34;#96;#60;b#62;\"]"), "{text}");
        assert!(text.contains("n0 ==>|\"reads#59; #34;end#34;\"| n1"), "{text}");
    }

    #[test]
    fn a_name_stays_a_name_in_dot() {
        let text = dot(&hostile(), "t");
        assert!(text.contains(r#"n1 [label="a\\N\"b\\u{202e}"]"#), "{text}");
    }
}
