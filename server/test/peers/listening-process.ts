import { Audio, PeerConnection } from 'node-datachannel';

/*
 * Who only listens, by an independent WebRTC stack: it offers nothing to report by, sends no RTCP, and does what ICE
 * asks of everybody. Until it is killed. Arguments: the address of the door, and a token. Says `heard` once it hears.
 */

const [door = '', token = ''] = process.argv.slice(2);
const peer = new PeerConnection('listener', { iceServers: [], bindAddress: '127.0.0.1', disableAutoNegotiation: true });
const audio = new Audio('0', 'RecvOnly');
audio.addOpusCodec(111);
const track = peer.addTrack(audio);
track.onMessage(() => {
  track.onMessage(() => {});
  process.stdout.write('heard\n');
});
const gathered = new Promise<void>((done) => {
  peer.onGatheringStateChange((state) => {
    if (state === 'complete') done();
  });
});
peer.setLocalDescription('offer');
await gathered;
const response = await fetch(door, {
  method: 'POST',
  headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` },
  body: peer.localDescription()!.sdp,
});
peer.setRemoteDescription(await response.text(), 'answer');
