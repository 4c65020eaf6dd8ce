package tickwire

import (
	"bytes"
	"encoding/json"
	"strings"
)

const jsonType = "application/json"

// encodePayload gives a payload's bytes, and the content type that its Go type suggests, if any.
func encodePayload(payload any) (data []byte, contentType string, err error) {
	switch p := payload.(type) {
	case nil:
		return nil, "", nil
	case []byte:
		return p, "", nil
	case string:
		return []byte(p), "", nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(payload); err != nil {
		return nil, "", err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), jsonType, nil
}

// cutText gives at most limit bytes of UTF-8, cut between characters and marked with "…" where it was longer.
func cutText(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	end := limit - len("…")
	for end > 0 && text[end]&0xc0 == 0x80 {
		end--
	}
	return text[:end] + "…"
}
