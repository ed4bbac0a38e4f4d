import type { Peer, Places, Plan } from './started-server.ts';

/*
 * Asterisk 16 and later with ConfBridge. Written from its documentation (docs.asterisk.org: res_pjsip, app_confbridge,
 * asterisk.conf) and the configurations that come with its sources; it has not been run yet.
 */

/** Without these there is no conference by SIP: where one is missing Asterisk ends, and says so. */
const required = [
  'pbx_config',
  'res_rtp_asterisk',
  'codec_ulaw',
  'res_pjsip',
  'res_pjsip_session',
  'res_pjsip_sdp_rtp',
  'res_pjsip_endpoint_identifier_anonymous',
  'chan_pjsip',
  'bridge_softmix',
  'app_confbridge',
];

/** What those need, of which not every version has all. */
const besides = [
  'res_timing_timerfd',
  'res_sorcery_config',
  'res_sorcery_memory',
  'res_sorcery_astdb',
  'res_pjproject',
  'res_pjsip_pubsub',
  'res_pjsip_authenticator_digest',
  'bridge_simple',
  'bridge_builtin_features',
  'codec_resample',
];

/** Folders of its own for all that it writes; modules and documentation stay where they were installed. */
function asteriskConf(folder: string): string {
  return `[directories]
astetcdir => ${folder}/etc
astdbdir => ${folder}/db
astspooldir => ${folder}/spool
astrundir => ${folder}/run
astlogdir => ${folder}/log

[options]
nocolor = yes
`;
}

/** Who is no endpoint by name or address is the one called `anonymous`. */
function pjsipConf(sipPort: number): string {
  return `[udp]
type = transport
protocol = udp
bind = 127.0.0.1:${sipPort}

[anonymous]
type = endpoint
transport = udp
context = bench
disallow = all
allow = ulaw
direct_media = no
timers = no
100rel = no
`;
}

const extensionsConf = `[bench]
exten => _1XXX,1,Answer()
 same => n,ConfBridge(\${EXTEN},bench_bridge,bench_user)
`;

/** Nothing is said or played, and who is silent is not mixed, which its documentation recommends for large ones. */
const confbridgeConf = `[general]

[bench_bridge]
type = bridge
internal_sample_rate = 8000
mixing_interval = 20

[bench_user]
type = user
quiet = yes
announce_only_user = no
dsp_drop_silence = yes
`;

function plan({ folder, sipPort, rtp }: Places): Plan {
  const modules = [
    ...besides.map((module) => `load = ${module}.so`),
    ...required.map((module) => `require = ${module}.so`),
  ];
  return {
    files: {
      'etc/asterisk.conf': asteriskConf(folder),
      'etc/modules.conf': `[modules]\nautoload = no\n${modules.join('\n')}\n`,
      'etc/logger.conf': '[general]\n\n[logfiles]\nmessages.log => error,warning\n',
      'etc/cdr.conf': '[general]\nenable = no\n',
      'etc/rtp.conf': `[general]\nrtpstart = ${rtp.from}\nrtpend = ${rtp.to}\n`,
      'etc/pjsip.conf': pjsipConf(sipPort),
      'etc/extensions.conf': extensionsConf,
      'etc/confbridge.conf': confbridgeConf,
    },
    folders: ['db', 'spool', 'run', 'log'],
    args: ['-f', '-C', `${folder}/etc/asterisk.conf`],
  };
}

export const asterisk: Peer = { name: 'Asterisk', program: 'asterisk', plan };
