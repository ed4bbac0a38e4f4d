/**
 * What applications of the library have around it; `told` and `incoming` keep what they were told. What makes speech
 * clear takes an endless tone for noise, so their microphones are plain.
 */
export const application = `
var open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
var plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
navigator.mediaDevices.getUserMedia = (wanted) => open({ audio: { ...Object(wanted.audio), ...plain } });
var told = [], pending = [], incoming = [], client, user;

function begin(configuration) {
  client = new AvayaClientServices();
  user = client.createUser(configuration);
  user.getCalls().addOnIncomingCallCallback((call) => { incoming.push(call); watch(call); });
  return user;
}

function watch(call) {
  for (const name of ['Started', 'RemoteAlerting', 'Establishing', 'Established', 'Ended', 'Failed', 'Held', 'Unheld',
    'HeldRemotely', 'UnheldRemotely', 'ServiceUnavailable', 'ServiceAvailable']) {
    call['addOnCall' + name + 'Callback']((_call, more) =>
      told.push([name, more?.getReason?.() ?? more?.getError?.() ?? null]));
  }
  return call;
}

function meet(conferenceId, name, passcode) {
  var Info = AvayaClientServices.Services.Call.CallCreationInfo;
  var info = new Info(conferenceId);
  info.setConferenceID(conferenceId);
  info.setMeetMeUserName(name);
  if (passcode) info.setPasscode(passcode);
  info.setCallType(AvayaClientServices.Services.Call.CallType.CallTypeHttpMeetMe);
  window.call = watch(user.getCalls().createCall(info));
  call.start();
}

async function hears(callOf, hz) {
  var stream = client.getMediaServices().getAudioInterface().getRemoteMediaStream(callOf.getCallId());
  if (stream === undefined) return -200;
  window.context ??= new AudioContext();
  await context.resume();
  var analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  var source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  await new Promise((go) => setTimeout(go, 700));
  var bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  source.disconnect();
  var at = Math.round((hz * analyser.fftSize) / context.sampleRate);
  return Math.max(...bins.slice(at - 2, at + 3));
}

async function so(what, holds) {
  for (var tries = 0; !holds(); tries++) {
    if (tries > 2400) throw new Error('waited two minutes for ' + what);
    await new Promise((go) => setTimeout(go, 50));
  }
}

function known(conference) {
  return so('the conference to be known', () => conference._known);
}

function available(callOf) {
  return so('what the call is served by', () => callOf.isServiceAvailable());
}
`;
