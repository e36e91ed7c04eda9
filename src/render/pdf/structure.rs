//! The tree of the structure as objects of the file (ISO 32000-1, 14.7).

use super::PdfError;
use super::display::Area;
use super::document::Level;
use super::file::{File, Id, put};
use super::long::Long;
use super::metadata::text;
use super::style;
use super::tree::{Kid, NodeId, ROOT, Role, Tree};
use std::fmt::Write as _;

/// The name of a role in a file.
pub fn name(role: Role) -> &'static str {
    match role {
        Role::Document => "Document",
        Role::Section => "Sect",
        Role::Group => "Div",
        Role::Heading(Level::One) => "H1",
        Role::Heading(Level::Two) => "H2",
        Role::Heading(Level::Three) => "H3",
        Role::Paragraph => "P",
        Role::List => "L",
        Role::Point => "LI",
        Role::Label => "Lbl",
        Role::Body => "LBody",
        Role::Table => "Table",
        Role::Row => "TR",
        Role::ColumnHead | Role::RowHead => "TH",
        Role::Cell => "TD",
        Role::Figure => "Figure",
        Role::Contents => "TOC",
        Role::Entry => "TOCI",
        Role::Reference => "Reference",
        Role::Link => "Link",
    }
}

/// Where the pages and links of the file are.
pub struct Places<'a> {
    /// The pages.
    pub pages: &'a [Id],
    /// The links of each page.
    pub links: &'a [Vec<Id>],
}

/// Writes the tree and returns the number of its root.
///
/// # Errors
/// When an object cannot be written.
pub fn write(file: &mut File<'_>, tree: &Tree, places: &Places<'_>) -> Result<Id, PdfError> {
    let root = file.reserve();
    // Numbers in a row, for the nodes that are in the document.
    let count = NodeId::try_from(tree.len()).unwrap_or(NodeId::MAX);
    let ids: Long<Id> = (0..count).map(|node| if tree.is_seen(node) { file.reserve() } else { root }).collect();
    let id = |node: NodeId| ids.get(node as usize).copied().unwrap_or(root);
    let mut owners: Vec<Vec<Id>> = vec![Vec::new(); places.pages.len()];
    let mut linked: Vec<Vec<Id>> = places.links.iter().map(|links| vec![root; links.len()]).collect();
    for node in (0..count).filter(|node| tree.is_seen(*node)) {
        let parent = if node == ROOT { root } else { id(tree.parent(node)) };
        let element = element(tree, node, parent, places, &id);
        file.set_text(id(node), &element)?;
        for kid in tree.kids(node) {
            match kid {
                Kid::Content { page, mcid } => {
                    let (Some(owners), mcid) = (owners.get_mut(page as usize), mcid as usize) else { continue };
                    if owners.len() <= mcid {
                        owners.resize(mcid + 1, root);
                    }
                    owners[mcid] = id(node);
                }
                Kid::Link { page, number } => {
                    let links = linked.get_mut(page as usize);
                    if let Some(link) = links.and_then(|links| links.get_mut(number as usize)) {
                        *link = id(node);
                    }
                }
                Kid::Node(_) => {}
            }
        }
    }
    // First the pages, each with the owners of its pieces, then the links, each with its own: as their keys count.
    let mut numbers = String::from("<</Nums[");
    for (page, owners) in owners.into_iter().enumerate() {
        let mut list = String::from("[");
        for id in owners {
            let _ = write!(list, "{id} 0 R ");
        }
        list.push(']');
        // An object of its own: all in one would be megabytes.
        let list_id = file.reserve();
        file.set_text(list_id, &list)?;
        let _ = write!(numbers, "{page} {list_id} 0 R ");
    }
    for (number, id) in linked.iter().flatten().enumerate() {
        let _ = write!(numbers, "{} {id} 0 R ", places.pages.len() + number);
    }
    numbers.push_str("]>>");
    let parents = file.reserve();
    file.set_text(parents, &numbers)?;
    let next = places.pages.len() + linked.iter().map(Vec::len).sum::<usize>();
    let kids = format!("<</Type/StructTreeRoot/K {} 0 R/ParentTree {parents} 0 R/ParentTreeNextKey {next}>>", id(ROOT));
    file.set_text(root, &kids)?;
    Ok(root)
}

/// One element. Writing to a String does not fail.
fn element(tree: &Tree, node: NodeId, parent: Id, places: &Places<'_>, id: &dyn Fn(NodeId) -> Id) -> String {
    let role = tree.role(node);
    let mut out = format!("<</Type/StructElem/S/{}/P {parent} 0 R", name(role));
    // The page of its first piece; pieces elsewhere say so.
    let own = tree.kids(node).find_map(|kid| match kid {
        Kid::Content { page, .. } => Some(page),
        _ => None,
    });
    let page = |page: u32| places.pages.get(page as usize).copied().unwrap_or(0);
    if let Some(own) = own {
        let _ = write!(out, "/Pg {} 0 R", page(own));
    }
    match role {
        Role::ColumnHead => out.push_str("/A<</O/Table/Scope/Column>>"),
        Role::RowHead => out.push_str("/A<</O/Table/Scope/Row>>"),
        Role::Figure => {
            out.push_str("/Alt ");
            put(&text(tree.alt(node).unwrap_or_default()), &mut out);
            if let Some((_, Area { x, y, width, height })) = tree.place(node) {
                let (bottom, top) = (style::PAGE_HEIGHT - y - height, style::PAGE_HEIGHT - y);
                let right = x + width;
                let _ = write!(out, "/A<</O/Layout/Placement/Block/BBox[{x:.1} {bottom:.1} {right:.1} {top:.1}]>>");
            }
        }
        _ => {}
    }
    out.push_str("/K[");
    for kid in tree.kids(node) {
        let _ = match kid {
            Kid::Node(kid) => write!(out, "{} 0 R ", id(kid)),
            Kid::Content { page: of, mcid } if Some(of) == own => write!(out, "{mcid} "),
            Kid::Content { page: of, mcid } => {
                write!(out, "<</Type/MCR/Pg {} 0 R/MCID {mcid}>>", page(of))
            }
            Kid::Link { page: of, number } => {
                let link = places.links.get(of as usize).and_then(|links| links.get(number as usize));
                write!(out, "<</Type/OBJR/Pg {} 0 R/Obj {} 0 R>>", page(of), link.copied().unwrap_or(0))
            }
        };
    }
    out.push_str("]>>");
    out
}
