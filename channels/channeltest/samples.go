package channeltest

import (
	"bytes"
	"encoding/base64"
	"strings"

	"recado/channels"
)

// sample is a small file that is what its type says, so that a platform which looks inside takes it.
type sample struct {
	mime, name string
	bytes      []byte
}

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// page is one Ogg page (RFC 3533) that holds an Opus header (RFC 7845).
var page = append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13"),
	"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"...)

var (
	jpegFile = sample{"image/jpeg", "foto.jpg", unbase64("/9j/2wCEABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2MBERISGBUYLxoaL2NCOEJjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY//AAAsIAAIAAgEBEQD/xADSAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAAgBAQAAPwDgXdpHZ3Ys7HLMxySfU1//2Q==")}
	pngFile  = sample{"image/png", "foto.png", unbase64("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAAEklEQVR4nGI6wcDAwAAIAAD//wP6AMu+G5mvAAAAAElFTkSuQmCC")}
	oggFile  = sample{"audio/ogg", "nota.ogg", page}
	mp3File  = sample{"audio/mpeg", "aviso.mp3", append([]byte("ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00"), bytes.Repeat([]byte{0}, 60)...)}
	m4aFile  = sample{"audio/mp4", "aviso.m4a", []byte("\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00isomM4A \x00\x00\x00\x08mdat")}
	mp4File  = sample{"video/mp4", "video.mp4", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41\x00\x00\x00\x08mdat")}
	webmFile = sample{"video/webm", "video.webm", []byte("\x1a\x45\xdf\xa3\x87\x42\x82\x84webm")}
	pdfFile  = sample{"application/pdf", "factura.pdf", []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")}
	textFile = sample{"text/plain", "nota.txt", []byte("Nota de la tienda\n")}
)

// pick is the first of the files that a channel carries, else the first.
func pick(c channels.Capabilities, files ...sample) sample {
	for _, f := range files {
		group, _, _ := strings.Cut(f.mime, "/")
		for _, k := range []string{f.mime, group + "/*", "*/*"} {
			if c.Media[k] > 0 {
				return f
			}
		}
	}
	return files[0]
}

// bytesOf finds a sample's bytes by its name, for the addresses that platforms fetch from.
func bytesOf(name string) (sample, bool) {
	for _, f := range []sample{jpegFile, pngFile, oggFile, mp3File, m4aFile, mp4File, webmFile, pdfFile, textFile} {
		if f.name == name {
			return f, true
		}
	}
	return sample{}, false
}
