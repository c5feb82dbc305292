//! Where files lie, as tower-http's file service asks for them: in the program, or below a folder and nowhere else.

use std::io::{self, Cursor, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use futures_util::future::{BoxFuture, Ready, ready};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File, Metadata};

/// Files inside the program: path, media type, bytes.
pub(super) type Site = &'static [(&'static str, &'static str, &'static [u8])];

/// The time the files inside the program are said to be of: 2026-01-01T00:00:00Z. They have none of their own.
const SITE_TIME: Duration = Duration::from_hours(56 * 365 * 24 + 14 * 24);

/// Where files lie.
#[derive(Debug, Clone)]
pub(super) enum Shelf {
    /// In the program.
    BuiltIn(Site),
    /// Below this folder, whose path is canonical.
    Disk(PathBuf),
}

impl Shelf {
    /// The media type of what is served at a path, where the shelf knows better than the name.
    pub(super) fn media_type(&self, path: &str) -> Option<&'static str> {
        match self {
            Shelf::BuiltIn(site) => {
                let index = if path.is_empty() { "index.html".to_owned() } else { format!("{path}/index.html") };
                site.iter().find(|(name, ..)| *name == path || *name == index).map(|(_, media_type, _)| *media_type)
            }
            Shelf::Disk(_) => None,
        }
    }

    /// The true path of a file or folder below `root`. Links that lead out, hidden things, pipes and devices are not there.
    pub(super) async fn below(root: &Path, path: &Path) -> io::Result<PathBuf> {
        let nothing = || io::Error::from(io::ErrorKind::NotFound);
        let found = tokio::fs::canonicalize(root.join(path)).await.map_err(|_| nothing())?;
        let inside = found.strip_prefix(root).map_err(|_| nothing())?;
        if inside.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b".")) {
            return Err(nothing());
        }
        let kind = tokio::fs::metadata(&found).await?.file_type();
        if kind.is_file() || kind.is_dir() { Ok(found) } else { Err(nothing()) }
    }
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    is_dir: bool,
    modified: Option<SystemTime>,
    length: u64,
}

impl From<std::fs::Metadata> for About {
    fn from(metadata: std::fs::Metadata) -> Self {
        Self { is_dir: metadata.is_dir(), modified: metadata.modified().ok(), length: metadata.len() }
    }
}

impl About {
    fn folder() -> Self {
        Self { is_dir: true, modified: None, length: 0 }
    }

    /// The nanoseconds stand for the content, so that the validators made from them differ when the content does.
    fn content(bytes: &[u8]) -> Self {
        let sum = bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
        let modified = SystemTime::UNIX_EPOCH + SITE_TIME + Duration::from_nanos(u64::from(sum % 1_000_000_000));
        Self { is_dir: false, modified: Some(modified), length: bytes.len() as u64 }
    }
}

impl Metadata for About {
    fn is_dir(&self) -> bool {
        self.is_dir
    }

    fn modified(&self) -> io::Result<SystemTime> {
        self.modified.ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    fn len(&self) -> u64 {
        self.length
    }
}

/// A file that is being read.
#[derive(Debug)]
pub(super) enum Open {
    Memory(Cursor<&'static [u8]>, About),
    Disk(tokio::fs::File, About),
}

impl File for Open {
    type Metadata = About;
    type MetadataFuture<'a> = Ready<io::Result<About>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        match self {
            Open::Memory(_, about) | Open::Disk(_, about) => ready(Ok(*about)),
        }
    }
}

impl AsyncRead for Open {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Open::Memory(bytes, _) => Pin::new(bytes).poll_read(cx, buf),
            Open::Disk(file, _) => Pin::new(file).poll_read(cx, buf),
        }
    }
}

impl AsyncSeek for Open {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        match self.get_mut() {
            Open::Memory(bytes, _) => Pin::new(bytes).start_seek(position),
            Open::Disk(file, _) => Pin::new(file).start_seek(position),
        }
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        match self.get_mut() {
            Open::Memory(bytes, _) => Pin::new(bytes).poll_complete(cx),
            Open::Disk(file, _) => Pin::new(file).poll_complete(cx),
        }
    }
}

impl Backend for Shelf {
    type File = Open;
    type Metadata = About;
    type OpenFuture = BoxFuture<'static, io::Result<Open>>;
    type MetadataFuture = BoxFuture<'static, io::Result<About>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let place = self.clone();
        Box::pin(async move {
            match place {
                Shelf::BuiltIn(site) => {
                    let bytes = content(site, &path).ok_or(io::ErrorKind::NotFound)?;
                    Ok(Open::Memory(Cursor::new(bytes), About::content(bytes)))
                }
                Shelf::Disk(root) => {
                    let file = tokio::fs::File::open(Shelf::below(&root, &path).await?).await?;
                    let about = file.metadata().await?;
                    if about.is_file() {
                        Ok(Open::Disk(file, about.into()))
                    } else {
                        Err(io::ErrorKind::NotFound.into())
                    }
                }
            }
        })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        let place = self.clone();
        Box::pin(async move {
            match place {
                Shelf::BuiltIn(site) => match content(site, &path) {
                    Some(bytes) => Ok(About::content(bytes)),
                    None if is_folder(site, &path) => Ok(About::folder()),
                    None => Err(io::ErrorKind::NotFound.into()),
                },
                Shelf::Disk(root) => {
                    let found = Shelf::below(&root, &path).await?;
                    tokio::fs::metadata(found).await.map(About::from)
                }
            }
        })
    }
}

/// tower-http asks with `./` before each path.
fn plain(path: &Path) -> &str {
    path.strip_prefix(".").unwrap_or(path).to_str().unwrap_or_default()
}

fn content(site: Site, path: &Path) -> Option<&'static [u8]> {
    site.iter().find(|(name, ..)| *name == plain(path)).map(|(_, _, bytes)| *bytes)
}

fn is_folder(site: Site, path: &Path) -> bool {
    let folder = plain(path);
    folder.is_empty()
        || site.iter().any(|(name, ..)| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
}
