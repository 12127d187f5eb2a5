//! Reads `index.html` as trunk does: elements marked `data-trunk` name what belongs to the page.
//!
//! Of what trunk knows, this takes what our page uses and refuses the rest by name, so that the two ways of building
//! the page cannot come apart silently.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// A piece of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Passed on as it is.
    Html(&'a str),
    /// A marked element, to be replaced by what it asks for.
    Asset(Asset),
}

/// What a marked element asks for; paths are relative to `index.html`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asset {
    /// The program: this package, compiled for wasm32.
    Rust { manifest: String },
    /// A file that the document refers to by a hashed name, and the element that refers to it.
    Linked { file: String, element: Element },
    /// A file copied into `folder` under its own name.
    CopyFile { file: String, folder: String },
    /// A folder copied to `folder`.
    CopyFolder { source: String, folder: String },
}

/// An element without its `data-` attributes; `{}` stands for the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    before: String,
    after: String,
}

impl Element {
    /// The element's HTML when it refers to `name`.
    pub(super) fn refer_to(&self, name: &str) -> String {
        format!("{}{name}{}", self.before, self.after)
    }
}

/// Splits the document at its marked elements.
///
/// # Errors
/// A sentence that names the element which cannot be understood.
pub(super) fn parse(html: &str) -> Result<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let (mut copied, mut position) = (0, 0);
    while let Some(start) = html[position..].find('<').map(|offset| position + offset) {
        let rest = &html[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            position = start
                + 4
                + comment
                    .find("-->")
                    .context("index.html has a comment that does not end.")?
                + 3;
            continue;
        }
        let length = tag_length(rest).with_context(|| {
            format!(
                "index.html has a tag that does not end: {}",
                first_line(rest)
            )
        })?;
        let tag = &rest[..length];
        position = start + length;
        let attributes = attributes(tag);
        if !attributes.contains_key("data-trunk") {
            continue;
        }
        if tag.starts_with("<script") {
            let end = html[position..]
                .find("</script>")
                .context("index.html has a script that does not end.")?;
            if !html[position..position + end].trim().is_empty() {
                bail!(
                    "index.html: a script cannot be inline, the content security policy forbids it: {}",
                    first_line(tag)
                );
            }
            position += end + "</script>".len();
        }
        parts.push(Part::Html(&html[copied..start]));
        parts.push(Part::Asset(
            asset(tag, &attributes).with_context(|| format!("index.html: {}", first_line(tag)))?,
        ));
        copied = position;
    }
    parts.push(Part::Html(&html[copied..]));
    Ok(parts)
}

fn asset(tag: &str, attributes: &BTreeMap<&str, &str>) -> Result<Asset> {
    let attribute = |name: &str| {
        attributes
            .get(name)
            .map(|value| (*value).to_owned())
            .with_context(|| format!("`{name}` is missing"))
    };
    if tag.starts_with("<script") {
        return Ok(Asset::Linked {
            file: attribute("src")?,
            element: element("script", "src", attributes, "></script>"),
        });
    }
    if !tag.starts_with("<link") {
        bail!("only `link` and `script` can be marked data-trunk");
    }
    let file = attribute("href")?;
    let target = attribute("data-target-path");
    match attributes.get("rel").copied() {
        Some("rust") => Ok(Asset::Rust { manifest: file }),
        Some("css") => Ok(Asset::Linked {
            file,
            element: element("link rel=\"stylesheet\"", "href", attributes, ">"),
        }),
        Some("icon") => Ok(Asset::Linked {
            file,
            element: element("link rel=\"icon\"", "href", attributes, ">"),
        }),
        Some("copy-file") => Ok(Asset::CopyFile {
            file,
            folder: target.unwrap_or_default(),
        }),
        Some("copy-dir") => {
            let own_name = file
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            Ok(Asset::CopyFolder {
                source: file,
                folder: target.unwrap_or(own_name),
            })
        }
        other => bail!(
            "rel=\"{}\" is not known here; add it to xtask/src/build/index_html.rs",
            other.unwrap_or_default()
        ),
    }
}

fn element(name: &str, reference: &str, attributes: &BTreeMap<&str, &str>, end: &str) -> Element {
    let kept = attributes
        .iter()
        .filter(|(name, _)| !name.starts_with("data-") && **name != "rel" && **name != reference);
    let kept: String = kept
        .map(|(name, value)| {
            if value.is_empty() {
                format!(" {name}")
            } else {
                format!(" {name}=\"{value}\"")
            }
        })
        .collect();
    Element {
        before: format!("<{name}{kept} {reference}=\""),
        after: format!("\"{end}"),
    }
}

/// The length of the tag at the start of `text`; a `>` inside quotes does not end it.
fn tag_length(text: &str) -> Option<usize> {
    let mut quote = None;
    for (index, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(index + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The attributes of a tag; one without a value has the empty one.
fn attributes(tag: &str) -> BTreeMap<&str, &str> {
    let inner = tag
        .trim_start_matches('<')
        .trim_end_matches('>')
        .trim_end_matches('/');
    let mut rest = inner
        .trim_start_matches(|c: char| !c.is_whitespace())
        .trim_start();
    let mut attributes = BTreeMap::new();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
            None => ("", after),
            Some(after) => match after.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            },
        };
        if !name.is_empty() {
            attributes.insert(name, value);
        }
        rest = after.trim_start();
    }
    attributes
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(html: &str) -> Vec<Asset> {
        let parts = parse(html).expect("it parses");
        parts
            .into_iter()
            .filter_map(|part| {
                if let Part::Asset(asset) = part {
                    Some(asset)
                } else {
                    None
                }
            })
            .collect()
    }

    #[test]
    fn unmarked_html_is_passed_on_as_it_is() {
        let html =
            "<!doctype html>\n<title>a > b</title><link rel=\"manifest\" href='m'><p x=\">\">é</p>";
        assert_eq!(parse(html).expect("it parses"), [Part::Html(html)]);
    }

    #[test]
    fn a_marked_element_is_cut_out() {
        let parts =
            parse("a<link data-trunk rel=\"rust\" href=\"page/Cargo.toml\" data-bin=\"x\" />b")
                .expect("it parses");
        let rust = Part::Asset(Asset::Rust {
            manifest: "page/Cargo.toml".into(),
        });
        assert_eq!(parts, [Part::Html("a"), rust, Part::Html("b")]);
    }

    #[test]
    fn a_reference_gets_the_new_name_and_keeps_its_attributes() {
        let [Asset::Linked { file, element }] =
            &assets("<link data-trunk rel=\"css\" href=\"www/a.css\" media=\"print\">")[..]
        else {
            panic!("one reference")
        };
        assert_eq!(file, "www/a.css");
        assert_eq!(
            element.refer_to("./a-1.css"),
            "<link rel=\"stylesheet\" media=\"print\" href=\"./a-1.css\">"
        );

        let [Asset::Linked { element, .. }] =
            &assets("<script data-trunk type=module defer src=www/boot.js></script>")[..]
        else {
            panic!("one reference")
        };
        assert_eq!(
            element.refer_to("./b.js"),
            "<script defer type=\"module\" src=\"./b.js\"></script>"
        );
    }

    #[test]
    fn copies_go_where_trunk_puts_them() {
        let html = "<link data-trunk rel=copy-file href=www/config.json><link data-trunk rel=copy-dir href=\"www/icons/\">\
            <link data-trunk rel=copy-dir href=www/l10n data-target-path=words>";
        let expected = [
            Asset::CopyFile {
                file: "www/config.json".into(),
                folder: String::new(),
            },
            Asset::CopyFolder {
                source: "www/icons/".into(),
                folder: "icons".into(),
            },
            Asset::CopyFolder {
                source: "www/l10n".into(),
                folder: "words".into(),
            },
        ];
        assert_eq!(assets(html), expected);
    }

    #[test]
    fn comments_are_not_read() {
        assert!(assets("<!-- <link data-trunk rel=rust href=x> -->").is_empty());
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (html, word) in [
            ("<link data-trunk rel=\"sass\" href=\"x\">", "sass"),
            ("<link data-trunk rel=\"css\">", "href"),
            ("<script data-trunk src=a>alert()</script>", "inline"),
            ("<img data-trunk src=a>", "only"),
            ("<link data-trunk rel=\"css", "does not end"),
        ] {
            let message = format!("{:#}", parse(html).expect_err(html));
            assert!(message.contains(word), "{message}");
        }
    }
}
