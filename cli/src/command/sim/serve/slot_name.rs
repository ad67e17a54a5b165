//! A slot, as it is typed: `card.img`, `card.img,tcp=127.0.0.1:0,control=card.control`.

use std::path::PathBuf;
use std::str::FromStr;

/// A card and where it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotName {
    /// The card's file.
    pub card: PathBuf,
    /// The vpcd to connect to; the next port if neither this nor `tcp` is named.
    pub vpcd: Option<String>,
    /// The address to listen at.
    pub tcp: Option<String>,
    /// The control socket.
    pub control: Option<PathBuf>,
}

impl FromStr for SlotName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let card = parts.next().filter(|card| !card.is_empty());
        let mut slot = Self {
            card: card.ok_or("no card is named: write FILE first")?.into(),
            vpcd: None,
            tcp: None,
            control: None,
        };
        for part in parts {
            let (name, value) = part
                .split_once('=')
                .filter(|(_, value)| !value.is_empty())
                .ok_or_else(|| format!("\"{part}\" is not NAME=VALUE"))?;
            let twice = match name {
                "vpcd" => slot.vpcd.replace(value.to_owned()).is_some(),
                "tcp" => slot.tcp.replace(value.to_owned()).is_some(),
                "control" => slot.control.replace(value.into()).is_some(),
                _ => return Err(format!("a slot has vpcd, tcp and control, but no \"{name}\"")),
            };
            if twice {
                return Err(format!("{name} is named twice"));
            }
        }
        if slot.vpcd.is_some() && slot.tcp.is_some() {
            return Err("a slot has vpcd or tcp, not both".into());
        }
        Ok(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_understood_or_refused() {
        let slot: SlotName = "a.img,tcp=127.0.0.1:0,control=c".parse().unwrap();
        assert_eq!(
            (slot.card, slot.vpcd, slot.tcp.as_deref(), slot.control),
            ("a.img".into(), None, Some("127.0.0.1:0"), Some("c".into()))
        );
        for text in [
            "",
            ",tcp=a",
            "a,tcp",
            "a,tcp=",
            "a,port=1",
            "a,tcp=b,tcp=c",
            "a,tcp=b,vpcd=c",
        ] {
            assert!(text.parse::<SlotName>().is_err(), "{text}");
        }
    }
}
