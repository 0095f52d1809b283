//! The messages of an open WebSocket, until it is closed.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::super::pipe::{Ends, Incoming};
use crate::transport::{TransferFormat, TransportError};

/// Until the server has closed the WebSocket, or the client has said all and the server has answered its Close frame (C-31).
pub(super) async fn exchange<S>(
    socket: WebSocketStream<S>,
    format: TransferFormat,
    patience: Duration,
    mut ends: Ends,
) -> Result<(), TransportError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sink, mut stream) = socket.split();
    let sent = tokio::select! {
        received = receive(&mut stream, &ends.incoming) => {
            // Answers the server's Close frame.
            let _ = timeout(patience, sink.close()).await;
            return received;
        }
        sent = send_all(&mut sink, &mut ends.outgoing, format) => sent,
    };
    match sent {
        Ok(()) => {
            close(&mut sink, &mut stream, patience).await;
            Ok(())
        }
        Err(error @ Error::Utf8(_)) => {
            close(&mut sink, &mut stream, patience).await;
            Err(TransportError::new("A message of a text protocol is no UTF-8.").with_source(error))
        }
        // What the server has said before it went tells more.
        Err(error) => {
            timeout(patience, receive(&mut stream, &ends.incoming)).await.unwrap_or_else(|_| Err(lost(error)))
        }
    }
}

/// Until the server closes the WebSocket, which is an orderly end with code 1000, and an error with any other (C-30).
async fn receive(
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    incoming: &Incoming,
) -> Result<(), TransportError> {
    loop {
        // When nothing can be sent any more, this is given up and begun anew: no message may be lost in between.
        let room = incoming.room().await;
        match stream.next().await {
            Some(Ok(Message::Text(text))) => room.hand_on(text.into()),
            Some(Ok(Message::Binary(bytes))) => room.hand_on(bytes),
            Some(Ok(Message::Close(frame))) => return closed(frame.as_ref()),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(lost(error)),
            None => return Err(cut_off()),
        }
    }
}

/// Until the client has no more to say.
async fn send_all(
    sink: &mut (impl Sink<Message, Error = Error> + Unpin),
    outgoing: &mut mpsc::Receiver<Bytes>,
    format: TransferFormat,
) -> Result<(), Error> {
    while let Some(bytes) = outgoing.recv().await {
        sink.feed(message(bytes, format)?).await?;
        while let Ok(bytes) = outgoing.try_recv() {
            sink.feed(message(bytes, format)?).await?;
        }
        sink.flush().await?;
    }
    Ok(())
}

/// Says Close, and waits for the server's.
async fn close(
    sink: &mut (impl Sink<Message, Error = Error> + Unpin),
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    patience: Duration,
) {
    let normal = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
    let handshake = async {
        if sink.send(Message::Close(Some(normal))).await.is_ok() {
            until_closed(stream).await;
        }
    };
    // Whether the server has answered is of no interest any more.
    let _ = timeout(patience, handshake).await;
}

async fn until_closed(stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin)) {
    while let Some(Ok(message)) = stream.next().await {
        if message.is_close() {
            return;
        }
    }
}

fn message(bytes: Bytes, format: TransferFormat) -> Result<Message, Error> {
    match format {
        TransferFormat::Text => {
            let text = Utf8Bytes::try_from(bytes).map_err(|error| Error::Utf8(error.to_string()))?;
            Ok(Message::Text(text))
        }
        TransferFormat::Binary => Ok(Message::Binary(bytes)),
    }
}

fn closed(frame: Option<&CloseFrame>) -> Result<(), TransportError> {
    // 1005 stands for a Close frame without a code.
    let (code, reason) = frame.map_or((1005, ""), |frame| (u16::from(frame.code), frame.reason.as_str()));
    if code == 1000 {
        return Ok(());
    }
    let reason = if reason.is_empty() { "no reason given" } else { reason };
    Err(TransportError::closed_by_server(format!("WebSocket closed with status code: {code} ({reason}).")))
}

fn lost(error: Error) -> TransportError {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => cut_off(),
        error => TransportError::new(format!("The WebSocket is lost: {error}")).with_source(error),
    }
}

fn cut_off() -> TransportError {
    TransportError::new("The server closed the WebSocket connection without completing the close handshake.")
}
