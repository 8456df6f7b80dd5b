import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, type JSONWebKeySet, type JWK } from 'jose'
import type { DelegationAlgorithm, DelegationKey } from './options'

/** Shorter secrets of HS256 can be guessed. */
const MIN_SECRET_BYTES = 32

/** A key that tokens are signed with, and what they are verified with. */
export interface SigningKey {
  readonly algorithm: DelegationAlgorithm
  readonly signer: Uint8Array | KeyObject
  readonly verifier: Uint8Array | KeyObject
  /** What others verify by; `undefined` for a secret, which nobody is to know. */
  readonly published: (() => Promise<JWK & { readonly kid: string }>) | undefined
}

/** @throws TypeError for a key that is too short, or does not fit its algorithm */
export function signingKey(key: DelegationKey): SigningKey {
  const { algorithm } = key
  if (algorithm === 'HS256') {
    const secret = checkedSecret(key.secret)
    return { algorithm, signer: secret, verifier: secret, published: undefined }
  }
  const signer = privateKeyOf(key.privateKey)
  if (!fits(signer, algorithm)) throw new TypeError(`the private key is none of ${algorithm}`)
  const verifier = createPublicKey(signer)
  let published: Promise<JWK & { kid: string }> | undefined
  return {
    algorithm,
    signer,
    verifier,
    published: () => {
      published ??= publish(verifier, algorithm)
      return published
    },
  }
}

/** The set of keys that others verify by; empty where that takes a secret. */
export async function publishedKeys({ published }: SigningKey): Promise<JSONWebKeySet> {
  return { keys: published ? [await published()] : [] }
}

/** @throws TypeError */
export function checkedSecret(secret: Uint8Array): Uint8Array {
  if (secret instanceof Uint8Array && secret.byteLength >= MIN_SECRET_BYTES) return Uint8Array.from(secret)
  throw new TypeError(`a secret for HS256 must have at least ${MIN_SECRET_BYTES} bytes`)
}

async function publish(key: KeyObject, alg: string): Promise<JWK & { kid: string }> {
  const jwk = await exportJWK(key)
  return { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) }
}

function privateKeyOf(key: string | JWK): KeyObject {
  try {
    return typeof key === 'string'
      ? createPrivateKey(key)
      : createPrivateKey({ key: { ...key }, format: 'jwk' })
  } catch {
    // What led to it might tell of the key.
    throw new TypeError('privateKey must be a private key, as PKCS #8 in PEM or as a JWK')
  }
}

function fits({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject, alg: string): boolean {
  return alg === 'EdDSA' ? type === 'ed25519' : type === 'ec' && details?.namedCurve === 'prime256v1'
}
