/** One uplink as each of the network servers writes it, in the fields that their documentation shows. */

type Json = Readonly<Record<string, unknown>>;

const PAYLOAD = Buffer.from('02fe', 'hex').toString('base64');

export const chirpstack: Json = {
  deduplicationId: '3ac7e3c4-4401-4b8d-9386-a5c902f9202d',
  time: '2026-11-21T07:59:58.775023242+00:00',
  deviceInfo: {
    tenantName: 'City',
    applicationName: 'Parking',
    deviceProfileName: 'TPS110',
    deviceName: 'lot A 18',
    devEui: '0007ee00000a1b2c',
    tags: {},
  },
  devAddr: '00189440',
  adr: true,
  dr: 1,
  fCnt: 4242,
  fPort: 2,
  confirmed: false,
  data: PAYLOAD,
  rxInfo: [{ gatewayId: '0016c001f153a14c', uplinkId: 4217106255, rssi: -36, snr: 10.5 }],
};

export const thingsStack: Json = {
  end_device_ids: {
    device_id: 'lot-a-18',
    application_ids: { application_id: 'parking' },
    dev_eui: '0007EE00000A1B2C',
    dev_addr: '00BCB929',
  },
  correlation_ids: ['as:up:01'],
  received_at: '2026-11-21T07:59:59.100Z',
  uplink_message: {
    session_key_id: 'AXBSH1Pk6Z0G166',
    f_port: 2,
    f_cnt: 4242,
    frm_payload: PAYLOAD,
    rx_metadata: [{ gateway_ids: { gateway_id: 'roof' }, rssi: -35 }],
    settings: { data_rate: { lora: { bandwidth: 125000, spreading_factor: 7 } }, frequency: '868300000' },
    received_at: '2026-11-21T07:59:58.775023242Z',
  },
};

export const awsIotWireless: Json = {
  WirelessDeviceId: '5b58245e-146c-4c30-9703-0ca942e3ff35',
  PayloadData: PAYLOAD,
  WirelessMetadata: {
    LoRaWAN: {
      ADR: false,
      DevAddr: '00b96cd4',
      DevEui: '0007ee00000a1b2c',
      FCnt: 4242,
      FPort: 2,
      Gateways: [{ GatewayEui: '80029cfffe5cf1cc', Rssi: -29, Snr: 9.75 }],
      MType: 'UnconfirmedDataUp',
      Timestamp: '2026-11-21T07:59:58Z',
    },
  },
};
