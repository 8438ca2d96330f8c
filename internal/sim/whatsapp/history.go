package whatsapp

import (
	"bytes"
	"compress/zlib"
	"context"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// remember keeps what a customer wrote, for the history that a companion may ask for.
func (p *Phone) remember(e *events.Message) {
	chat := e.Info.Chat.ToNonAD()
	number := p.s.numberOf(chat)
	web := &waWeb.WebMessageInfo{
		Key:              &waCommon.MessageKey{RemoteJID: proto.String(chat.String()), FromMe: proto.Bool(false), ID: proto.String(e.Info.ID)},
		Message:          e.RawMessage,
		MessageTimestamp: proto.Uint64(uint64(e.Info.Timestamp.Unix())),
		PushName:         proto.String(e.Info.PushName),
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.history[number] = append(p.history[number], web)
}

// serveHistory answers a companion that asks for what came before a message of a chat: the
// phone uploads it and says where it lies.
func (p *Phone) serveHistory(companion types.JID, req *waE2E.PeerDataOperationRequestMessage) {
	want := req.GetHistorySyncOnDemandRequest()
	if req.GetPeerDataOperationRequestType() != waE2E.PeerDataOperationRequestType_HISTORY_SYNC_ON_DEMAND || want == nil {
		return
	}
	ctx, cancel := context.WithTimeout(p.s.ctx, 10*time.Second)
	defer cancel()
	chat, err := types.ParseJID(want.GetChatJID())
	if err != nil {
		return
	}
	conv := &waHistorySync.Conversation{ID: want.ChatJID}
	for _, m := range p.before(p.s.numberOf(chat), want.GetOldestMsgID(), int(want.GetOnDemandMsgCount())) {
		conv.Messages = append(conv.Messages, &waHistorySync.HistorySyncMsg{Message: m})
	}
	kind := waHistorySync.HistorySync_ON_DEMAND
	raw, err := proto.Marshal(&waHistorySync.HistorySync{SyncType: &kind, Conversations: []*waHistorySync.Conversation{conv}})
	if err != nil {
		return
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(raw)
	_ = z.Close()
	u, err := p.client.Upload(ctx, packed.Bytes(), whatsmeow.MediaHistory)
	if err != nil {
		return
	}
	_, _ = p.client.SendMessage(ctx, companion, &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(),
		HistorySyncNotification: &waE2E.HistorySyncNotification{
			SyncType: waE2E.HistorySyncType_ON_DEMAND.Enum(), DirectPath: &u.DirectPath, MediaKey: u.MediaKey,
			FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength,
		},
	}}, whatsmeow.SendRequestExtra{Peer: true})
}

// before is up to count messages of a chat ahead of one, newest first as phones send them.
func (p *Phone) before(number, id string, count int) []*waWeb.WebMessageInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*waWeb.WebMessageInfo
	found := false
	all := p.history[number]
	for i := len(all) - 1; i >= 0 && len(out) < count; i-- {
		if found {
			out = append(out, all[i])
		}
		found = found || all[i].GetKey().GetID() == id
	}
	return out
}
