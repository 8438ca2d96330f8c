# The server as one binary with panel and widget inside. Not tried yet.
# It brings no PostgreSQL: set DATABASE_URL (compose.yaml shows how).

FROM node:22-trixie-slim AS web
WORKDIR /src
COPY package.json package-lock.json .npmrc biome.json ./
COPY internal/panel/package.json internal/panel/
COPY widget/package.json widget/
RUN npm ci
COPY internal/panel internal/panel
COPY widget widget
RUN npm run build

FROM golang:1.26-trixie AS server
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/internal/panel/dist internal/panel/dist
COPY --from=web /src/widget/dist widget/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /recado ./cmd/recado

FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --home-dir /data --shell /usr/sbin/nologin recado \
 && install -d -o recado -g recado /data
COPY --from=server /recado /usr/local/bin/recado
USER recado
WORKDIR /data
EXPOSE 8080
ENTRYPOINT ["recado"]
CMD ["serve"]
