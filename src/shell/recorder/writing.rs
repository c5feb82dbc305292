//! The recorder's thread: batches in, whole blocks out.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::super::recordings::{Shelf, Store};
use super::Order;
use super::batch::{Batch, Remark};
use crate::app::recording::{Recorded, Told};
use crate::capture::{Place, Writer};
use crate::model::{Frame, FrameKind, NodeId, Trouble};
use crate::net::report::now;

/// Bytes put together before they are written, unless nothing more waits.
const WRITE: usize = 1024 * 1024;

/// What a frame takes beside its payload, when it is no larger than most: headers and what is told of it.
const HEADERS: usize = 4096;

/// A recording that is being written.
pub struct Writing {
    store: Store,
    shelf: Shelf,
    told: mpsc::Sender<Told>,
    writer: Writer,
    /// Blocks to be written next.
    out: Vec<u8>,
    /// The part that is written, and which it is.
    path: Arc<Path>,
    number: u64,
    /// How long it is.
    length: u64,
    /// Where the frames in `out` lie, and how many of them hold data.
    frames: Vec<(u64, Place)>,
    data: u64,
    /// Bytes of those frames that are left out.
    left_out: u64,
}

impl Writing {
    /// Makes the first part's file.
    ///
    /// # Errors
    /// The folder is not there or not writable, or the user's file is there already.
    pub fn begin(store: Store, shelf: Shelf, told: mpsc::Sender<Told>) -> Result<Self, Trouble> {
        let part = store.create(1)?;
        let (mut out, path) = (Vec::new(), part.path.clone());
        let writer = Writer::new(&mut out);
        shelf.parts().push(part);
        let (number, length, frames, data, left_out) = (1, 0, Vec::new(), 0, 0);
        Ok(Self { store, shelf, told, writer, out, path, number, length, frames, data, left_out })
    }

    /// Writes what comes until nothing can come any more.
    pub fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let _ = self.told.blocking_send(Told::Began(self.path.clone(), self.store.keeping));
        let ending = match self.take_all(&mut orders) {
            Ok(()) => Told::Stopped,
            Err(trouble) => Told::Failed(trouble),
        };
        let _ = self.told.blocking_send(ending);
    }

    fn take_all(&mut self, orders: &mut mpsc::Receiver<Order>) -> Result<(), Trouble> {
        // The head of the file: that it cannot be written is to be known at once.
        self.write()?;
        let mut waiting: Vec<oneshot::Sender<()>> = Vec::new();
        while let Some(order) = orders.blocking_recv() {
            let mut next = Some(order);
            while let Some(order) = next {
                match order {
                    Order::Batch(batch) => self.batch(&batch)?,
                    Order::Flush(done) => waiting.push(done),
                }
                next = orders.try_recv().ok();
            }
            self.writer.flush(&mut self.out);
            self.write()?;
            for done in waiting.drain(..) {
                let _ = done.send(());
            }
        }
        Ok(())
    }

    fn batch(&mut self, batch: &Batch) -> Result<(), Trouble> {
        self.name(batch);
        for (frame, at) in &batch.arrivals {
            self.writer.arrival(*frame, *at, &mut self.out);
        }
        if batch.missed > 0 {
            self.missed(batch);
        }
        self.left_out += batch.cut;
        for frame in &batch.frames {
            self.frame(frame, batch)?;
        }
        for remark in &batch.remarks {
            self.remark(remark, batch)?;
        }
        Ok(())
    }

    fn remark(&mut self, remark: &Remark, batch: &Batch) -> Result<(), Trouble> {
        match remark {
            Remark::Mark(frame, mark) => {
                self.make_room_for(0, batch)?;
                self.writer.mark(*frame, *mark, now(), &mut self.out);
            }
            Remark::Note(frame, note) => {
                self.make_room_for(note.len(), batch)?;
                self.writer.note(*frame, note, now(), &mut self.out);
            }
        }
        self.write_if_much()
    }

    fn name(&mut self, batch: &Batch) {
        for (node, name) in &batch.nodes {
            self.writer.node(*node, name);
        }
    }

    fn frame(&mut self, frame: &Frame, batch: &Batch) -> Result<(), Trouble> {
        self.make_room_for(frame.payload().len(), batch)?;
        let flow = frame.flow.and_then(|id| batch.flows.get(&id));
        let place = self.writer.frame(frame, flow, &mut self.out);
        self.frames.push((frame.number, place.further(self.length)));
        self.data += u64::from(matches!(frame.kind, FrameKind::Data { .. }));
        self.write_if_much()
    }

    /// Goes on in another part when so many bytes, and what is told of them, are too much for this one.
    fn make_room_for(&mut self, bytes: usize, batch: &Batch) -> Result<(), Trouble> {
        let written = self.length + self.out.len() as u64;
        let next = (bytes + HEADERS) as u64;
        if self.store.part_length().is_some_and(|most| written + next > most) {
            self.next_part()?;
            self.name(batch);
        }
        Ok(())
    }

    fn write_if_much(&mut self) -> Result<(), Trouble> {
        if self.out.len() >= WRITE { self.write() } else { Ok(()) }
    }

    /// Notes in the recording itself that frames are missing in it, in the place and under the number of the first.
    fn missed(&mut self, batch: &Batch) {
        let count = batch.missed;
        let at = batch.frames.first().map_or_else(Default::default, |frame| frame.at);
        let node = batch.frames.first().map_or(NodeId(0), |frame| frame.node);
        let why = "left memory before the disk took it".to_owned();
        let frame = Frame {
            number: batch.end.frame - batch.frames.len() as u64 - count,
            at,
            arrived: None,
            node,
            flow: None,
            summary: format!("{count} frames are missing in the recording: the disk was too slow"),
            kind: FrameKind::Lost { count, why },
            cut: 0,
            protocol: "",
        };
        let place = self.writer.frame(&frame, None, &mut self.out);
        self.frames.push((frame.number, place.further(self.length)));
        let _ = self.told.blocking_send(Told::Missed(count));
    }

    /// Goes on in another file, which can be read without those before it.
    fn next_part(&mut self) -> Result<(), Trouble> {
        self.writer.flush(&mut self.out);
        self.write()?;
        for gone in self.shelf.make_room(&self.store) {
            let _ = self.told.blocking_send(Told::Removed(gone));
        }
        self.number += 1;
        let part = self.store.create(self.number)?;
        (self.path, self.length) = (part.path.clone(), 0);
        self.shelf.parts().push(part);
        self.writer = Writer::new(&mut self.out);
        let _ = self.told.blocking_send(Told::Began(self.path.clone(), self.store.keeping));
        Ok(())
    }

    /// Writes what was put together, and tells it.
    fn write(&mut self) -> Result<(), Trouble> {
        if self.out.is_empty() {
            return Ok(());
        }
        {
            let mut parts = self.shelf.parts();
            let Some(part) = parts.iter_mut().rev().find(|part| part.path == self.path) else { return Ok(()) };
            part.write(&self.out)?;
            self.length = part.length;
        }
        self.out.clear();
        let (frames, data) = (std::mem::take(&mut self.frames), std::mem::take(&mut self.data));
        let left_out = std::mem::take(&mut self.left_out);
        let _ = self.told.blocking_send(Told::Recorded(Recorded {
            file: self.path.clone(),
            frames,
            data,
            left_out,
            bytes: self.length,
        }));
        Ok(())
    }
}
