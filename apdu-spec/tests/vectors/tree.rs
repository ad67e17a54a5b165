//! Data objects as a tree, to make from a good encoding one that is wrong in one place and right in every length.

use symbolon_apdu_spec::tlv::{Reader, Tag, Writer};

/// An encoding taken apart.
#[derive(Clone)]
pub struct Node {
    tag: Tag,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Value(Vec<u8>),
    Children(Vec<Node>),
}

/// Changes `bytes`, one data object, with `change` and gives the new encoding.
pub fn edited(bytes: &[u8], change: impl FnOnce(&mut Node)) -> Vec<u8> {
    let mut nodes = Node::parse(bytes);
    assert_eq!(nodes.len(), 1);
    change(&mut nodes[0]);
    nodes[0].encode()
}

impl Node {
    fn parse(bytes: &[u8]) -> Vec<Self> {
        let (mut reader, mut nodes) = (Reader::new(bytes), Vec::new());
        while !reader.is_empty() {
            let object = reader.any().unwrap();
            let content = if object.tag.is_constructed() {
                Content::Children(Self::parse(object.value))
            } else {
                Content::Value(object.value.to_vec())
            };
            nodes.push(Self {
                tag: object.tag,
                content,
            });
        }
        nodes
    }

    /// A primitive object.
    pub fn new(tag: u16, value: &[u8]) -> Self {
        Self {
            tag: Tag(tag),
            content: Content::Value(value.to_vec()),
        }
    }

    /// A constructed object.
    pub fn parent(tag: u16, children: &[Self]) -> Self {
        Self {
            tag: Tag(tag),
            content: Content::Children(children.to_vec()),
        }
    }

    /// The encoding.
    pub fn encode(&self) -> Vec<u8> {
        let value = match &self.content {
            Content::Value(value) => value.clone(),
            Content::Children(children) => children.iter().flat_map(Self::encode).collect(),
        };
        let mut out = vec![0; value.len() + 5];
        let mut writer = Writer::new(&mut out);
        writer.object(self.tag, &value).unwrap();
        writer.finish().to_vec()
    }

    /// The objects inside.
    pub fn children(&mut self) -> &mut Vec<Self> {
        match &mut self.content {
            Content::Children(children) => children,
            Content::Value(_) => panic!("{} is primitive", self.tag),
        }
    }

    fn place(&mut self, tag: u16) -> usize {
        let name = self.tag;
        let found = self.children().iter().position(|child| child.tag == Tag(tag));
        found.unwrap_or_else(|| panic!("no {tag:02X} in {name}"))
    }

    /// The first object reached through these tags.
    pub fn at(&mut self, path: &[u16]) -> &mut Self {
        path.iter().fold(self, |node, &tag| {
            let place = node.place(tag);
            &mut node.children()[place]
        })
    }

    /// Gives a primitive object another value.
    pub fn set(&mut self, value: &[u8]) {
        self.content = Content::Value(value.to_vec());
    }

    /// Gives the object another tag.
    pub fn rename(&mut self, tag: u16) {
        self.tag = Tag(tag);
    }

    /// Takes the first child of this tag out.
    pub fn remove(&mut self, tag: u16) -> Self {
        let place = self.place(tag);
        self.children().remove(place)
    }

    /// Exchanges the first children of these tags.
    pub fn swap(&mut self, one: u16, other: u16) {
        let (one, other) = (self.place(one), self.place(other));
        self.children().swap(one, other);
    }

    /// Appends a child.
    pub fn push(&mut self, child: Self) {
        self.children().push(child);
    }
}
