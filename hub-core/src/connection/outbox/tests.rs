use std::future::poll_fn;
use std::io::IoSlice;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::oneshot;

use super::write::BUFFERS_PER_WRITE;
use super::*;
use crate::connection::testing::{Alarm, Socket, WriteOnly};
use crate::transport::UNFRAMED;

const LIMITS: Limits = Limits { room: 10, overflow: 20 };

fn outbox(socket: &Socket) -> Outbox {
    Outbox::new(Some(Arc::new(socket.clone())), LIMITS)
}

/// Lets the owner write; whether all is written.
fn owner_writes(outbox: &Outbox, socket: &Socket) -> bool {
    let cx = &mut Context::from_waker(Waker::noop());
    outbox.poll_flush(cx, &mut WriteOnly(socket.clone())).is_ready()
}

fn shared(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

#[test]
fn what_is_queued_is_written_in_order_and_in_one_write() {
    let socket = Socket::with_room(1000);
    let outbox = outbox(&socket);
    outbox.push(b"one ", NO_BATCH).unwrap();
    outbox.push(b"two ", NO_BATCH).unwrap();
    outbox.push_shared(shared("three "), 1, NO_BATCH).unwrap();
    outbox.push(b"four", NO_BATCH).unwrap();
    assert_eq!(socket.written(), "", "not before it is flushed");
    outbox.flush();
    assert_eq!(socket.written(), "one two three four");
    assert_eq!((socket.writes(), outbox.written()), (1, 18));
}

#[test]
fn more_frames_than_one_write_takes_are_written() {
    let socket = Socket::with_room(1000);
    let outbox = Outbox::new(Some(Arc::new(socket.clone())), Limits { room: 10, overflow: 1000 });
    for _ in 0..200 {
        outbox.push_shared(shared("x"), 1, NO_BATCH).unwrap();
    }
    outbox.flush();
    assert_eq!(socket.written(), "x".repeat(200));
    assert_eq!(socket.writes(), 200_usize.div_ceil(BUFFERS_PER_WRITE));
}

#[test]
fn the_owner_goes_on_where_a_partial_write_stopped() {
    let socket = Socket::with_room(5);
    let outbox = outbox(&socket);
    let (alarm, waker) = Alarm::new();
    outbox.register_owner(&Context::from_waker(&waker));
    outbox.push_shared(shared("one "), 1, NO_BATCH).unwrap();
    outbox.push_shared(shared("two "), 1, NO_BATCH).unwrap();
    outbox.flush();
    assert_eq!((socket.written().as_str(), alarm.count()), ("one t", 1));
    socket.make_room(2);
    outbox.push(b"three", NO_BATCH).unwrap();
    outbox.flush();
    assert_eq!(socket.written(), "", "others do not write what the owner has to");
    assert!(!owner_writes(&outbox, &socket));
    assert_eq!(socket.written(), "wo");
    socket.make_room(100);
    assert!(owner_writes(&outbox, &socket));
    assert_eq!(socket.written(), " three");
    outbox.push(b" four", NO_BATCH).unwrap();
    outbox.flush();
    assert_eq!(socket.written(), " four", "afterwards others write again");
}

#[test]
fn without_a_writer_the_owner_is_woken_once_to_write() {
    let (socket, (alarm, waker)) = (Socket::with_room(100), Alarm::new());
    let outbox = Outbox::new(None, LIMITS);
    outbox.register_owner(&Context::from_waker(&waker));
    outbox.flush();
    assert_eq!(alarm.count(), 0, "there is nothing to write");
    outbox.push(b"one", NO_BATCH).unwrap();
    outbox.flush();
    outbox.register_owner(&Context::from_waker(&waker));
    outbox.push(b" two", NO_BATCH).unwrap();
    outbox.flush();
    assert_eq!(alarm.count(), 1);
    assert!(owner_writes(&outbox, &socket));
    assert_eq!(socket.written(), "one two");
}

#[test]
fn a_shared_frame_beyond_the_limit_is_refused() {
    let outbox = outbox(&Socket::default());
    outbox.push_shared(shared(&"x".repeat(15)), 1, NO_BATCH).unwrap();
    outbox.push_shared(shared(&"x".repeat(5)), 1, NO_BATCH).unwrap();
    assert_eq!(outbox.push_shared(shared("x"), 1, NO_BATCH), Err(Refused::Full));
    outbox.push(b"whoever waited for room is not refused", NO_BATCH).unwrap();
}

#[test]
fn an_empty_queue_takes_a_frame_of_any_size() {
    let outbox = outbox(&Socket::default());
    outbox.push_shared(shared(&"x".repeat(1000)), 1, NO_BATCH).unwrap();
    assert_eq!(outbox.push_shared(shared("x"), 1, NO_BATCH), Err(Refused::Full));
}

#[test]
fn room_is_waited_for_until_half_of_it_is_free() {
    let socket = Socket::default();
    let outbox = outbox(&socket);
    let (alarm, waker) = Alarm::new();
    let cx = Context::from_waker(&waker);
    outbox.push(b"123456789", NO_BATCH).unwrap();
    assert_eq!(outbox.poll_room(&cx), Poll::Ready(Ok(Room::Bytes(1))), "a byte is left");
    outbox.push(b"0", NO_BATCH).unwrap();
    outbox.flush();
    assert_eq!(outbox.poll_room(&cx), Poll::Pending);
    assert_eq!(outbox.poll_room(&cx), Poll::Pending, "a second time makes no second waiter");
    socket.make_room(4);
    owner_writes(&outbox, &socket);
    assert_eq!(alarm.count(), 0);
    socket.make_room(1);
    owner_writes(&outbox, &socket);
    assert_eq!(alarm.count(), 1);
    assert_eq!(outbox.poll_room(&cx), Poll::Ready(Ok(Room::Bytes(5))));
}

/// How often the framing below was used.
static WRAPPED: AtomicU32 = AtomicU32::new(0);
static LABORIOUS: Framing = Framing::laborious("laborious", |message, out| {
    WRAPPED.fetch_add(1, Ordering::Relaxed);
    out.extend_from_slice(message);
});

#[test]
fn laborious_work_is_done_only_for_what_there_is_room_for() {
    let socket = Socket::default();
    let outbox = outbox(&socket);
    let cx = Context::from_waker(Waker::noop());
    assert_eq!(outbox.try_message(&LABORIOUS, b"one ", NO_BATCH), Ok(false));
    assert_eq!(outbox.poll_message(&cx, &LABORIOUS, b"two ", NO_BATCH), Poll::Ready(Ok(false)));
    assert_eq!(outbox.push_message(&LABORIOUS, b"three ", NO_BATCH), Ok(false));
    assert_eq!(WRAPPED.load(Ordering::Relaxed), 3);
    assert_eq!(outbox.try_message(&LABORIOUS, b"four", NO_BATCH), Err(Refused::Full));
    assert_eq!(outbox.poll_message(&cx, &LABORIOUS, b"four", NO_BATCH), Poll::Pending);
    assert_eq!(WRAPPED.load(Ordering::Relaxed), 3);
    socket.make_room(100);
    outbox.flush();
    assert_eq!(socket.written(), "one two three ");
    outbox.close();
    assert_eq!(outbox.poll_message(&cx, &LABORIOUS, b"four", NO_BATCH), Poll::Ready(Err(Refused::Closed)));
}

#[test]
fn an_empty_queue_has_room_even_if_none_is_allowed() {
    let outbox = Outbox::new(None, Limits { room: 0, overflow: 0 });
    let cx = Context::from_waker(Waker::noop());
    assert_eq!(outbox.poll_room(&cx), Poll::Ready(Ok(Room::Bytes(0))));
    outbox.push(b"x", NO_BATCH).unwrap();
    assert_eq!(outbox.poll_room(&cx), Poll::Pending);
}

#[test]
fn closing_refuses_everything_but_the_last_message_and_wakes_who_waits() {
    let socket = Socket::default();
    let outbox = outbox(&socket);
    let (alarm, waker) = Alarm::new();
    let cx = Context::from_waker(&waker);
    outbox.push(b"before all else ", NO_BATCH).unwrap();
    assert_eq!(outbox.poll_room(&cx), Poll::Pending);
    outbox.close();
    assert_eq!((alarm.count(), outbox.poll_room(&cx)), (1, Poll::Ready(Err(Refused::Closed))));
    assert_eq!(outbox.push(b"x", NO_BATCH), Err(Refused::Closed));
    assert_eq!(outbox.push_shared(shared("x"), 1, NO_BATCH), Err(Refused::Closed));
    outbox.push_last(b"last");
    socket.make_room(100);
    let drained = outbox.poll_drained(&mut Context::from_waker(Waker::noop()), &mut WriteOnly(socket.clone()));
    assert_eq!((drained, socket.written().as_str()), (Poll::Ready(()), "before all else last"));
}

#[test]
fn a_failed_write_drops_the_queue_and_closes_it() {
    let socket = Socket::with_room(3);
    let outbox = outbox(&socket);
    let (alarm, waker) = Alarm::new();
    outbox.register_owner(&Context::from_waker(&waker));
    socket.break_down();
    outbox.push(b"one", NO_BATCH).unwrap();
    outbox.flush();
    assert!(outbox.has_failed() && alarm.count() == 1);
    assert_eq!(outbox.push(b"two", NO_BATCH), Err(Refused::Closed));
    outbox.push_last(b"last");
    let drained = outbox.poll_drained(&mut Context::from_waker(Waker::noop()), &mut WriteOnly(socket.clone()));
    assert_eq!((drained, socket.written().as_str()), (Poll::Ready(()), ""));
}

#[test]
fn discarding_keeps_the_rest_of_a_frame_that_was_begun() {
    let socket = Socket::with_room(2);
    let outbox = outbox(&socket);
    outbox.push_shared(shared("begun"), 1, NO_BATCH).unwrap();
    outbox.push_shared(shared("never"), 1, NO_BATCH).unwrap();
    outbox.flush();
    outbox.discard();
    outbox.push_last(b"last");
    socket.make_room(100);
    owner_writes(&outbox, &socket);
    assert_eq!(socket.written(), "begun");
}

#[test]
fn a_batch_notes_an_outbox_once() {
    let outbox = outbox(&Socket::default());
    assert_eq!(outbox.push(b"a", 1), Ok(true));
    assert_eq!(outbox.push_shared(shared("b"), 1, 1), Ok(false));
    assert_eq!(outbox.push(b"c", 2), Ok(true));
    assert_eq!(outbox.push(b"d", 1), Ok(true), "twice is better than never");
}

/// A socket during whose first write somebody else queues and flushes.
#[derive(Clone, Default)]
struct Busy {
    outbox: Arc<OnceLock<Arc<Outbox>>>,
    socket: Socket,
}

impl TryWrite for Busy {
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.socket.writes() == 0 {
            let outbox = self.outbox.get().unwrap();
            outbox.push(b" and meanwhile", NO_BATCH).unwrap();
            outbox.flush();
        }
        self.socket.try_write(buffers)
    }
}

/// An outbox during whose first write something is queued.
fn busy(has_writer: bool) -> (Arc<Outbox>, Busy) {
    let busy = Busy { socket: Socket::with_room(100), ..Busy::default() };
    let writer = has_writer.then(|| Arc::new(busy.clone()) as Arc<dyn TryWrite>);
    let outbox = Arc::new(Outbox::new(writer, LIMITS));
    assert!(busy.outbox.set(Arc::clone(&outbox)).is_ok());
    outbox.push(b"first", NO_BATCH).unwrap();
    (outbox, busy)
}

#[test]
fn who_writes_writes_what_is_queued_meanwhile() {
    let (outbox, busy) = busy(true);
    outbox.flush();
    assert_eq!(busy.socket.written(), "first and meanwhile");
}

#[test]
fn an_owner_that_writes_writes_what_is_queued_meanwhile() {
    let (outbox, busy) = busy(false);
    outbox.flush();
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(outbox.poll_flush(cx, &mut WriteOnly(busy.clone())).is_ready());
    assert_eq!(busy.socket.written(), "first and meanwhile");
}

/// A socket that takes a few bytes, or none, as chance has it; what it took is what was sent.
#[derive(Clone, Default)]
struct Moody {
    sent: Arc<Mutex<Vec<u8>>>,
    chance: Arc<AtomicU32>,
}

impl Moody {
    fn chance(&self) -> u32 {
        let step = |old: u32| Some(old.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        self.chance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap() >> 24
    }
}

impl TryWrite for Moody {
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        let most = self.chance() as usize;
        if most < 64 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut sent = lock(&self.sent);
        let before = sent.len();
        sent.extend(buffers.iter().flat_map(|buffer| buffer.iter()).take(most));
        Ok(sent.len() - before)
    }
}

const THREADS: usize = 4;
const FRAMES: usize = 2_000;

/// Queues numbered frames, shared and copied in turn, and flushes some of them.
fn queue_frames(outbox: &Outbox, thread: usize) {
    for number in 0..FRAMES {
        let frame = format!("{thread}:{number};");
        let pushed = if number % 3 == 0 {
            outbox.push(frame.as_bytes(), NO_BATCH)
        } else {
            outbox.push_shared(shared(&frame), 1, NO_BATCH)
        };
        pushed.unwrap();
        if number % 4 != 1 || number == FRAMES - 1 {
            outbox.flush();
        }
    }
}

/// Writes, as the owner of a connection does, until the outbox is closed and drained.
async fn own(outbox: Arc<Outbox>, mut transport: WriteOnly<Moody>, done: oneshot::Receiver<()>) {
    let mut done = std::pin::pin!(done);
    poll_fn(|cx| {
        outbox.register_owner(cx);
        let _ = outbox.poll_flush(cx, &mut transport);
        done.as_mut().poll(cx).map(drop)
    })
    .await;
    outbox.close();
    outbox.push_last(b"last");
    poll_fn(|cx| {
        outbox.register_owner(cx);
        outbox.poll_drained(cx, &mut transport)
    })
    .await;
}

async fn stress(transport: Moody, writer: Option<Arc<dyn TryWrite>>) {
    let outbox = Arc::new(Outbox::new(writer, Limits { room: 1000, overflow: usize::MAX }));
    let (all_queued, done) = oneshot::channel();
    let owner = tokio::spawn(own(Arc::clone(&outbox), WriteOnly(transport.clone()), done));
    let threads = [(); THREADS].map(|()| Arc::clone(&outbox));
    let threads: Vec<_> = threads
        .into_iter()
        .enumerate()
        .map(|(thread, outbox)| std::thread::spawn(move || queue_frames(&outbox, thread)))
        .collect();
    tokio::task::spawn_blocking(|| threads.into_iter().for_each(|thread| thread.join().unwrap())).await.unwrap();
    all_queued.send(()).unwrap();
    owner.await.unwrap();
    check_sent(&String::from_utf8(lock(&transport.sent).clone()).unwrap());
}

/// Every frame of every thread is there, whole and in order, and the last message is last.
fn check_sent(sent: &str) {
    let mut next = [0; THREADS];
    let frames = sent.strip_suffix("last").expect("the last message is last");
    for frame in frames.split_terminator(';') {
        let (thread, number) = frame.split_once(':').unwrap();
        let next = &mut next[thread.parse::<usize>().unwrap()];
        assert_eq!(number.parse(), Ok(*next), "of thread {thread}");
        *next += 1;
    }
    assert_eq!(next, [FRAMES; THREADS]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_reordered_while_many_threads_queue_and_flush() {
    let transport = Moody::default();
    stress(transport.clone(), Some(Arc::new(transport))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_reordered_while_many_threads_queue_and_the_owner_writes() {
    stress(Moody::default(), None).await;
}

fn resumable(socket: &Socket) -> Outbox {
    let outbox = Outbox::new(Some(Arc::new(socket.clone())), Limits { room: 100, overflow: 40 });
    outbox.keep_history(20);
    outbox
}

fn attach(outbox: &Outbox, socket: &Socket) {
    outbox.attach(Some(Arc::new(socket.clone())), |first| format!("<{first}>").into());
    outbox.flush();
}

fn say(outbox: &Outbox, text: &str) {
    outbox.push_message(&UNFRAMED, text.as_bytes(), NO_BATCH).unwrap();
    outbox.flush();
}

#[test]
fn another_socket_is_told_what_is_not_acknowledged() {
    let (first, second) = (Socket::with_room(6), Socket::with_room(100));
    let outbox = resumable(&first);
    say(&outbox, "one");
    outbox.push_shared(shared("two"), 3, NO_BATCH).unwrap();
    outbox.push(b"ping", NO_BATCH).unwrap();
    say(&outbox, "three");
    assert_eq!(first.written(), "onetwo");
    outbox.acknowledge(1);
    outbox.detach();
    assert!(outbox.is_detached());
    say(&outbox, "four");
    outbox.push(b"ping", NO_BATCH).unwrap();
    attach(&outbox, &second);
    assert_eq!(second.written(), "<2>twothreefour", "and nothing that is not counted");
    say(&outbox, "five");
    assert_eq!((first.written().as_str(), second.written().as_str()), ("", "five"));
}

#[test]
fn a_message_that_was_partly_written_is_written_again_as_a_whole() {
    let (first, second) = (Socket::with_room(2), Socket::with_room(100));
    let outbox = resumable(&first);
    say(&outbox, "one");
    assert_eq!(first.written(), "on");
    outbox.detach();
    attach(&outbox, &second);
    assert_eq!(second.written(), "<1>one");
}

#[test]
fn a_failed_write_detaches_an_outbox_that_keeps_what_it_sends() {
    let (first, second) = (Socket::with_room(100), Socket::with_room(100));
    let outbox = resumable(&first);
    first.break_down();
    say(&outbox, "one");
    assert!(outbox.is_detached() && !outbox.has_failed());
    say(&outbox, "two");
    attach(&outbox, &second);
    assert_eq!(second.written(), "<1>onetwo");
}

#[test]
fn a_closed_outbox_without_a_socket_has_nothing_left_to_write() {
    let socket = Socket::with_room(100);
    let outbox = resumable(&socket);
    say(&outbox, "one");
    outbox.detach();
    say(&outbox, "two");
    outbox.close();
    outbox.push_last(b"bye");
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(outbox.poll_drained(cx, &mut WriteOnly(socket.clone())).is_ready());
    assert_eq!(socket.written(), "one");
}

#[test]
fn what_is_kept_counts_for_those_who_wait_and_for_those_who_do_not() {
    let (socket, (alarm, waker)) = (Socket::with_room(1000), Alarm::new());
    let (outbox, cx) = (resumable(&socket), Context::from_waker(&waker));
    say(&outbox, &"x".repeat(21));
    assert!(outbox.poll_room(&cx).is_pending());
    assert!(outbox.poll_queue_room(&cx).is_ready(), "all is written");
    assert_eq!(outbox.awaited_acknowledgement(), Some(1));
    outbox.push_shared(shared(&"x".repeat(19)), 19, NO_BATCH).unwrap();
    assert_eq!(outbox.push_shared(shared("x"), 1, NO_BATCH), Err(Refused::Full));
    outbox.acknowledge(1);
    assert_eq!(alarm.count(), 1);
    assert!(outbox.poll_room(&cx).is_ready());
    assert_eq!(outbox.awaited_acknowledgement(), None);
}

/// A socket that is replaced while somebody writes to it.
#[derive(Default)]
struct Replaced(OnceLock<(Arc<Outbox>, Socket)>);

impl TryWrite for Replaced {
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        let (outbox, next) = self.0.get().unwrap();
        outbox.detach();
        attach(outbox, next);
        Ok(buffers.iter().map(|buffer| buffer.len()).sum())
    }
}

#[test]
fn whoever_writes_to_a_socket_that_is_replaced_meanwhile_leaves_the_next_one_alone() {
    let (replaced, next) = (Arc::new(Replaced::default()), Socket::with_room(100));
    let outbox = Arc::new(Outbox::new(Some(Arc::clone(&replaced) as Arc<dyn TryWrite>), LIMITS));
    outbox.keep_history(20);
    replaced.0.set((Arc::clone(&outbox), next.clone())).ok().unwrap();
    say(&outbox, "one");
    say(&outbox, "two");
    assert_eq!(next.written(), "<1>onetwo");
}
