//! What the documents claim: every fenced `sh` block is run, line by line as it stands, against the emulators; the answers
//! files that are printed work; and the pages say what the program knows.

mod blocks;
mod claims;
mod words;

use crate::harness::{Sandbox, project};

/// A fenced block of a document.
pub struct Block {
    /// The document and the line.
    pub place: String,
    /// What is in it.
    pub text: String,
}

/// The blocks of a language in the README, CONTRIBUTING.md and the pages of docs/, in their order.
pub fn blocks(language: &str) -> Vec<Block> {
    let mut files = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    let pages = std::fs::read_dir(project().join("docs")).expect("docs/");
    let names = pages.map(|page| page.expect("a page").file_name().to_string_lossy().into_owned());
    let mut pages: Vec<String> =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    pages.sort();
    files.extend(pages);
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(project().join(&file)).expect(&file);
        let (mut block, mut start) = (None::<String>, 0);
        for (number, line) in text.lines().enumerate() {
            match &mut block {
                None if line == format!("```{language}") => (block, start) = (Some(String::new()), number + 1),
                Some(_) if line == "```" => {
                    let text = block.take().expect("a block");
                    found.push(Block { place: format!("{file}:{start}"), text });
                }
                Some(inside) => {
                    inside.push_str(line);
                    inside.push('\n');
                }
                None => {}
            }
        }
        assert!(block.is_none(), "{file}: a block has no end");
    }
    found
}

/// The answers files that the pages print.
#[test]
fn answers_files_work_as_they_are_printed() {
    let mut tried = 0;
    for block in
        blocks("yaml").iter().filter(|block| block.text.lines().any(|line| line.starts_with("cloud.provider:")))
    {
        let sandbox = Sandbox::new();
        sandbox.write("answers.yaml", &block.text);
        let run = sandbox.run("init --answers answers.yaml --defaults --offline");
        assert_eq!(run.code(), Some(0), "{}: {}", block.place, run.any().all());
        let _ = sandbox.run("render --placeholders").ok();
        tried += 1;
    }
    assert!(tried >= 2, "{tried} answers files were found");
}
