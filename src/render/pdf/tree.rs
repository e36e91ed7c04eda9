//! The structure of a document: what each piece of a page is, for readers who hear it or see it reflowed.
//!
//! Layout says whose each item is ([`Owner`](super::display::Owner)); when a page is full, [`mark`] numbers its pieces in
//! reading order. What is on a page and belongs to nobody (rules, grounds, running heads, repeated heads of tables) is an
//! artifact. The tree is kept in flat lists: a report of thousands of streams has a hundred thousand cells, and that of an
//! organization a million.

use super::display::{Area, Artifact, Item, Mark, Owner, Page};
use super::document::Level;
use super::long::Long;
use std::collections::BTreeMap;

/// What a piece is. The names are those of ISO 32000-1, 14.8.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The whole.
    Document,
    /// A part with its heading.
    Section,
    /// Pieces that form a whole, such as a box.
    Group,
    /// A heading.
    Heading(Level),
    /// Running text.
    Paragraph,
    /// A list.
    List,
    /// One of its points.
    Point,
    /// The bullet of a point.
    Label,
    /// The text of a point.
    Body,
    /// A table.
    Table,
    /// A row.
    Row,
    /// The head of a column.
    ColumnHead,
    /// The head of a row.
    RowHead,
    /// Any other cell.
    Cell,
    /// A drawing; it has a text that says the same.
    Figure,
    /// The table of contents.
    Contents,
    /// One of its entries.
    Entry,
    /// What the entry refers to.
    Reference,
    /// Words that lead somewhere.
    Link,
}

/// A node of the tree, by its number; the root is 0.
pub type NodeId = u32;

/// The root.
pub const ROOT: NodeId = 0;
/// No kid.
const NONE: u32 = u32::MAX;

/// What stands below a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kid {
    /// A node.
    Node(NodeId),
    /// The piece of that number on that page, from 0.
    Content {
        /// The page.
        page: u32,
        /// The number of the piece.
        mcid: u32,
    },
    /// The link of that number on that page, from 0.
    Link {
        /// The page.
        page: u32,
        /// The number of the link.
        number: u32,
    },
}

#[derive(Clone, Debug)]
struct Node {
    role: Role,
    parent: NodeId,
    /// It stands below its parent already.
    attached: bool,
    first: u32,
    last: u32,
}

/// The tree.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Long<Node>,
    kids: Long<(Kid, u32)>,
    alts: BTreeMap<NodeId, String>,
    boxes: BTreeMap<NodeId, (u32, Area)>,
}

impl Default for Tree {
    fn default() -> Self {
        let root = Node { role: Role::Document, parent: ROOT, attached: true, first: NONE, last: NONE };
        Self {
            nodes: [root].into_iter().collect(),
            kids: Long::default(),
            alts: BTreeMap::new(),
            boxes: BTreeMap::new(),
        }
    }
}

impl Tree {
    /// A new node. It comes below its parent where it is first seen.
    pub fn node(&mut self, role: Role, parent: NodeId) -> NodeId {
        let id = NodeId::try_from(self.nodes.len()).unwrap_or(ROOT);
        self.nodes.push(Node { role, parent, attached: false, first: NONE, last: NONE });
        id
    }

    /// A drawing, with the text that says the same.
    pub fn figure(&mut self, alt: String, parent: NodeId) -> NodeId {
        let id = self.node(Role::Figure, parent);
        self.alts.insert(id, alt);
        id
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// What a node is.
    pub fn role(&self, id: NodeId) -> Role {
        self.nodes[id as usize].role
    }

    /// What a node stands below.
    pub fn parent(&self, id: NodeId) -> NodeId {
        self.nodes[id as usize].parent
    }

    /// Whether it is part of the document: nothing of it may have been printed.
    pub fn is_seen(&self, id: NodeId) -> bool {
        self.nodes[id as usize].attached
    }

    /// The text that says what a drawing shows.
    pub fn alt(&self, id: NodeId) -> Option<&str> {
        self.alts.get(&id).map(String::as_str)
    }

    /// Where a drawing is: its page, and its box there.
    pub fn place(&self, id: NodeId) -> Option<(u32, Area)> {
        self.boxes.get(&id).copied()
    }

    /// What stands below a node, in reading order.
    pub fn kids(&self, id: NodeId) -> impl Iterator<Item = Kid> {
        let mut next = self.nodes[id as usize].first;
        std::iter::from_fn(move || {
            let (kid, after) = *self.kids.get(next as usize)?;
            next = after;
            Some(kid)
        })
    }

    /// The node is seen here, and so is everything that it stands below.
    fn see(&mut self, id: NodeId) {
        let mut id = id;
        while !self.nodes[id as usize].attached {
            self.nodes[id as usize].attached = true;
            let parent = self.parent(id);
            // A parent that is not seen yet comes after its own elder siblings, which were seen before.
            self.see(parent);
            self.add(parent, Kid::Node(id));
            id = parent;
        }
    }

    fn add(&mut self, id: NodeId, kid: Kid) {
        let place = u32::try_from(self.kids.len()).unwrap_or(NONE);
        self.kids.push((kid, NONE));
        let node = &mut self.nodes[id as usize];
        if node.first == NONE {
            node.first = place;
        } else {
            self.kids[node.last as usize].1 = place;
        }
        self.nodes[id as usize].last = place;
    }

    /// A drawing covers this as well, if the node is one.
    fn cover(&mut self, id: NodeId, page: u32, area: Area) {
        if self.role(id) != Role::Figure {
            return;
        }
        let (_, known) = self.boxes.entry(id).or_insert((page, area));
        *known = known.with(area);
    }
}

/// Which node owns what is drawn next.
struct Pen<'a> {
    tree: &'a mut Tree,
    page: u32,
    owner: Owner,
    /// The piece that is open.
    open: Option<Owner>,
    /// The next thing belongs to this link, whatever its owner.
    link: Option<NodeId>,
    mcids: u32,
    links: u32,
    out: Vec<Item>,
}

/// Numbers the pieces of a page, and puts them into the tree. Pages come in order.
pub fn mark(page: usize, items: Vec<Item>, tree: &mut Tree) -> Page {
    let page = u32::try_from(page).unwrap_or(u32::MAX);
    let out = Vec::with_capacity(items.len() + 16);
    let owner = Owner::Artifact(Artifact::Layout);
    let mut pen = Pen { tree, page, owner, open: None, link: None, mcids: 0, links: 0, out };
    for item in items {
        pen.item(item);
    }
    pen.close();
    Page { items: pen.out }
}

impl Pen<'_> {
    fn item(&mut self, item: Item) {
        match item {
            Item::Owner(owner) => {
                if let Owner::Node(id) = owner {
                    self.tree.see(id);
                }
                self.owner = owner;
            }
            Item::Link(..) => self.link(item),
            Item::Mark(_) => {}
            item => self.draw(item),
        }
    }

    /// A link within other text is a node of its own, around the next item.
    fn link(&mut self, item: Item) {
        let Owner::Node(owner) = self.owner else { return };
        let node = if self.tree.role(owner) == Role::Link {
            owner
        } else {
            let node = self.tree.node(Role::Link, owner);
            // What came before it in the same owner stands before it.
            self.close();
            self.tree.see(node);
            self.link = Some(node);
            node
        };
        self.tree.add(node, Kid::Link { page: self.page, number: self.links });
        self.links += 1;
        self.out.push(item);
    }

    fn draw(&mut self, item: Item) {
        let link = self.link.take();
        let owner = link.map_or(self.owner, Owner::Node);
        // Grounds and rules say nothing.
        let owner = match (owner, &item) {
            (Owner::Node(id), Item::Rect(..) | Item::Rule { .. } | Item::Shape(_)) if !self.within_figure(id) => {
                self.link = link;
                Owner::Artifact(Artifact::Layout)
            }
            _ => owner,
        };
        if self.open != Some(owner) {
            self.close();
            self.open = Some(owner);
            let mark = match owner {
                Owner::Artifact(kind) => Mark::Artifact(kind),
                Owner::Node(node) => {
                    let mcid = self.mcids;
                    self.mcids += 1;
                    self.tree.add(node, Kid::Content { page: self.page, mcid });
                    Mark::Content { node, role: self.tree.role(node), mcid }
                }
            };
            self.out.push(Item::Mark(mark));
        }
        if let Owner::Node(id) = owner {
            self.tree.cover(id, self.page, item.bounds());
        }
        self.out.push(item);
    }

    fn within_figure(&self, id: NodeId) -> bool {
        self.tree.role(id) == Role::Figure
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.out.push(Item::Mark(Mark::End));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_come_below_their_parents_in_the_order_in_which_they_are_seen() {
        let mut tree = Tree::default();
        let section = tree.node(Role::Section, ROOT);
        let (late, early) = (tree.node(Role::Paragraph, section), tree.node(Role::Paragraph, section));
        let never = tree.node(Role::Paragraph, section);
        tree.see(early);
        tree.see(late);
        tree.see(early);
        assert_eq!(tree.kids(ROOT).collect::<Vec<_>>(), [Kid::Node(section)]);
        assert_eq!(tree.kids(section).collect::<Vec<_>>(), [Kid::Node(early), Kid::Node(late)]);
        assert!(!tree.is_seen(never));
    }

    #[test]
    fn a_link_in_the_middle_of_a_paragraph_stands_between_its_pieces() {
        use super::super::display::{Goal, Text};
        use super::super::style;
        let mut tree = Tree::default();
        let paragraph = tree.node(Role::Paragraph, ROOT);
        let text = || Item::Text(Text { x: 0.0, y: 0.0, size: 9.0, color: style::INK, glyphs: Vec::new() });
        let area = Area { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        let link = Item::Link(area, Goal::Uri("https://example.com".into()));
        let page = mark(3, vec![Item::Owner(Owner::Node(paragraph)), text(), link, text(), text()], &mut tree);
        let kids: Vec<Kid> = tree.kids(paragraph).collect();
        let inner = NodeId::try_from(tree.len()).unwrap() - 1;
        assert_eq!(kids, [Kid::Content { page: 3, mcid: 0 }, Kid::Node(inner), Kid::Content { page: 3, mcid: 2 }],);
        let of_link: Vec<Kid> = tree.kids(inner).collect();
        assert_eq!(of_link, [Kid::Link { page: 3, number: 0 }, Kid::Content { page: 3, mcid: 1 }]);
        let marks = page.items.iter().filter(|i| matches!(i, Item::Mark(Mark::End))).count();
        assert_eq!(marks, 3);
    }

    #[test]
    fn what_nobody_owns_is_an_artifact() {
        let mut tree = Tree::default();
        let area = Area { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        let page = mark(0, vec![Item::Rect(area, super::super::style::BRAND)], &mut tree);
        assert!(matches!(page.items[0], Item::Mark(Mark::Artifact(_))));
        assert_eq!(tree.kids(ROOT).count(), 0);
    }
}
