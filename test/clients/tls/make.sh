#!/bin/sh
# Makes the certificates of this folder: an authority, a server's for the name tickwire.test, and a client's. Good for 100 years.
set -eu
cd "$(dirname "$0")"
make_key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"; }
make_key ca
openssl req -x509 -new -key ca.key -subj "/CN=Tickwire test authority" -days 36500 -out ca.pem
for name in server client; do
  make_key "$name"
  openssl req -new -key "$name.key" -subj "/CN=$name" -out "$name.csr"
  printf 'subjectAltName=DNS:tickwire.test\nbasicConstraints=CA:FALSE\n' > "$name.ext"
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 -extfile "$name.ext" -out "$name.pem"
  rm "$name.csr" "$name.ext"
done
# Nothing more is to be signed.
rm -f ca.key ca.srl
