import { describe, expect, it } from 'vitest'
import { isPublicAddress } from './public-address'

describe('a public address', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '192.167.1.1',
    '100.128.0.1',
    '93.184.216.34',
    '2606:4700::1111',
    '168.63.129.17',
    '::ffff:8.8.8.8',
  ])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each([
    ['this machine', ['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '::1', '::']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd00:ec2::254']],
    ['known to every machine of a cloud', ['168.63.129.16', '::ffff:168.63.129.16']],
    ['shared among customers', ['100.64.0.1', '100.127.255.255']],
    [
      'of this link, such as where clouds keep secrets',
      ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fec0::1'],
    ],
    ['for many', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1']],
    [
      'reserved',
      [
        '192.0.0.8',
        '192.0.2.1',
        '198.18.0.1',
        '198.51.100.1',
        '203.0.113.1',
        '240.0.0.1',
        '2001:db8::1',
        '100::1',
        '3fff::1',
        '4000::1',
      ],
    ],
    [
      'another in disguise',
      [
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        '::127.0.0.1',
        '::ffff:0:7f00:1',
        '64:ff9b::7f00:1',
        '2002:7f00:1::',
        '2001:0:7f00:1::',
      ],
    ],
    [
      'no address',
      ['', 'localhost', '127.1', '0x7f000001', '2130706433', '1.2.3', '1.2.3.4.5', '[::1]', '1.1.1.1 '],
    ],
  ])('is none that is %s', (_, addresses) => {
    for (const address of addresses) expect(isPublicAddress(address), address).toBe(false)
  })
})
