//! The data of a DNS record, by its type.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::message;
use super::names;
use crate::proto::Field;
use crate::proto::reader::{Reader, Stop};

/// Adds the fields of a record's data, and puts what the one-line form says of it into `words`.
pub fn read(kind: u16, reader: &mut Reader<'_>, into: &mut Vec<Field>, words: &mut String) -> Result<(), Stop> {
    let length = reader.left();
    match kind {
        // A dynamic update deletes records by giving none.
        _ if length == 0 => Ok(()),
        names::A => {
            let number = address(reader, 4)?;
            *words = Ipv4Addr::from(number as u32).to_string();
            reader.add(Field::text("dns.a", words.clone(), reader.at() - 4..reader.at()), into)
        }
        names::AAAA => {
            let number = address(reader, 16)?;
            *words = Ipv6Addr::from(number).to_string();
            reader.add(Field::text("dns.aaaa", words.clone(), reader.at() - 16..reader.at()), into)
        }
        names::NS => add_name("dns.ns", reader, into, words),
        names::CNAME => add_name("dns.cname", reader, into, words),
        names::PTR => add_name("dns.ptr.domain_name", reader, into, words),
        names::MX => {
            let preference = reader.add_number("dns.mx.preference", 2, into)?;
            add_name("dns.mx.mail_exchange", reader, into, words)?;
            *words = format!("{preference} {words}");
            Ok(())
        }
        names::SRV => {
            let priority = reader.add_number("dns.srv.priority", 2, into)?;
            let weight = reader.add_number("dns.srv.weight", 2, into)?;
            let port = reader.add_number("dns.srv.port", 2, into)?;
            add_name("dns.srv.target", reader, into, words)?;
            *words = format!("{priority} {weight} {port} {words}");
            Ok(())
        }
        names::SOA => authority(reader, into, words),
        names::TXT => {
            while !reader.is_over() {
                let length = reader.add_number("dns.txt.length", 1, into)? as usize;
                reader.add_text("dns.txt", length, into)?;
            }
            Ok(())
        }
        names::OPT => options(reader, into),
        _ => reader.add_bytes("data.data", length, into),
    }
}

fn address(reader: &mut Reader<'_>, width: usize) -> Result<u128, Stop> {
    let span = reader.take(width)?;
    Ok(reader.bytes()[span].iter().fold(0, |number, byte| number << 8 | u128::from(*byte)))
}

fn add_name(
    field: &'static str,
    reader: &mut Reader<'_>,
    into: &mut Vec<Field>,
    words: &mut String,
) -> Result<(), Stop> {
    let start = reader.at();
    *words = message::name(reader)?;
    reader.add(Field::text(field, words.clone(), start..reader.at()), into)
}

/// RFC 1035 section 3.3.13.
fn authority(reader: &mut Reader<'_>, into: &mut Vec<Field>, words: &mut String) -> Result<(), Stop> {
    add_name("dns.soa.mname", reader, into, words)?;
    add_name("dns.soa.rname", reader, into, &mut String::new())?;
    for field in [
        "dns.soa.serial_number",
        "dns.soa.refresh_interval",
        "dns.soa.retry_interval",
        "dns.soa.expire_limit",
        "dns.soa.minimum_ttl",
    ] {
        reader.add_number(field, 4, into)?;
    }
    Ok(())
}

/// RFC 6891 section 6.1.2.
fn options(reader: &mut Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
    while !reader.is_over() {
        reader.add_named("dns.opt.code", 2, names::option, into)?;
        let length = reader.add_number("dns.opt.len", 2, into)? as usize;
        if length > 0 {
            reader.add_bytes("dns.opt.data", length, into)?;
        }
    }
    Ok(())
}
