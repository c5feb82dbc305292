//! A clock that wakes its task at a moment, to a part of a millisecond.
//!
//! The runtime's own timers round up to whole milliseconds, which one would see in a delay of ten. Linux's timerfd(2)
//! does not; where there is none the runtime's serve.

use std::task::{Context, Poll};

use tokio::time::Instant;

/// The clock. It holds nothing until it is first waited for.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    timer: Option<Timer>,
    set: Option<Instant>,
}

impl Alarm {
    /// Ready once that moment has come.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        let now = Instant::now();
        if at <= now {
            self.set = None;
            return Poll::Ready(());
        }
        let timer = self.timer.get_or_insert_with(Timer::new);
        if self.set != Some(at) {
            timer.set(at, at - now);
            self.set = Some(at);
        }
        // A timer that rings early is set again.
        while timer.poll(cx).is_ready() {
            let now = Instant::now();
            if at <= now {
                self.set = None;
                return Poll::Ready(());
            }
            timer.set(at, at - now);
        }
        Poll::Pending
    }
}

#[cfg(target_os = "linux")]
use precise::Timer;

#[cfg(target_os = "linux")]
mod precise {
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::io::{AsyncRead, ReadBuf};
    use tokio::net::unix::pipe::Receiver;
    use tokio::time::{Instant, Sleep, sleep_until};

    /// A timer of the system's, or the runtime's when the system has none left.
    #[derive(Debug)]
    pub(super) enum Timer {
        /// Read like a pipe, which it is to whoever waits for it.
        Precise(Receiver),
        Coarse(Pin<Box<Sleep>>),
    }

    impl Timer {
        pub(super) fn new() -> Self {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let made = timerfd_create(TimerfdClockId::Monotonic, flags)
                .ok()
                .and_then(|fd| Receiver::from_owned_fd_unchecked(fd).ok());
            made.map_or_else(|| Self::Coarse(Box::pin(sleep_until(Instant::now()))), Self::Precise)
        }

        pub(super) fn set(&mut self, at: Instant, after: Duration) {
            match self {
                Self::Precise(fd) => {
                    let after = Timespec {
                        tv_sec: i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                        tv_nsec: i64::from(after.subsec_nanos()),
                    };
                    let never = Timespec { tv_sec: 0, tv_nsec: 0 };
                    let spec = Itimerspec { it_interval: never, it_value: after };
                    // It fails only for times that are none.
                    let _ = timerfd_settime(fd, TimerfdTimerFlags::empty(), &spec);
                }
                Self::Coarse(sleep) => sleep.as_mut().reset(at),
            }
        }

        pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
            match self {
                Self::Precise(fd) => {
                    let mut rings = [0; 8];
                    Pin::new(fd).poll_read(cx, &mut ReadBuf::new(&mut rings)).map(drop)
                }
                Self::Coarse(sleep) => sleep.as_mut().poll(cx),
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
struct Timer(std::pin::Pin<Box<tokio::time::Sleep>>);

#[cfg(not(target_os = "linux"))]
impl Timer {
    fn new() -> Self {
        Self(Box::pin(tokio::time::sleep_until(Instant::now())))
    }

    fn set(&mut self, at: Instant, _: Duration) {
        self.0.as_mut().reset(at);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}
