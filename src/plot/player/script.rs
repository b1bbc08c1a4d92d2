//! What a click in a player does: the page's own script.
//!
//! It stands in the attribute of the player's outermost element (`this`), so it
//! needs no ids and works twice on a page. It reads the states out of
//! `data-play` at the first click and keeps them, with the way so far, on the
//! element itself. It writes text only, never markup.

/// A row of a state holds, as [`super::sheet::Sheet`] writes it, at `p` the
/// positions, from 0 to `n.length` the named values, at `o` the owners of
/// locks, at `m` where each thread leads (or the reason why it cannot go,
/// below 0), at `d` the steps to the nearest bug (less than -1 where every way
/// on leads to one), at `e` the ending, and from
/// `c` on what is in the `q` channels, then who waits at each condition.
pub(super) const CLICK: &str = "\
var r=this,b=event.target.closest('button');\
if(!b||!r.contains(b)||b.getAttribute('aria-disabled')==='true')return;\
var d=r._play||(r._play=JSON.parse(r.dataset.play)),h=r._way||(r._way=[[0,-1]]),go=b.dataset.go;\
if(go==='back')h.pop();else if(go==='start')h.length=1;\
else h.push([d.s[h[h.length-1][0]][d.m+ +go],+go]);\
var now=d.s[h[h.length-1][0]],old=h.length>1?d.s[h[h.length-2][0]]:now;\
var all=function(q,f){r.querySelectorAll(q).forEach(f)};\
var say=function(s,i){return i>=d.o&&i<d.m?(s[i]?'held by '+d.t[s[i]-1]:'free'):String(s[i])};\
var chan=function(s,c){var i=d.c;for(var j=0;j<c;j++)i+=1+s[i];\
return s.slice(i+1,i+1+s[i]).map(function(v){return c<d.q?v:d.t[v]}).join(', ')||'empty'};\
var put=function(e,t,was){var c=t!==was;e.textContent=c?t+' (was '+was+')':t;\
e.style.fontWeight=c?'bold':'';e.style.background=c?'#fff2b3':'#fff'};\
all('[data-at]',function(e){var i=+e.dataset.at;put(e,say(now,i),say(old,i))});\
all('[data-channel]',function(e){var c=+e.dataset.channel;put(e,chan(now,c),chan(old,c))});\
all('[data-line]',function(e){var a=e.dataset.line.split(':'),on=now[d.p+ +a[0]]===+a[1];\
e.firstChild.textContent=on?'\\u25b6':'\\u00a0';e.style.fontWeight=on?'bold':'';\
if(on)e.setAttribute('aria-current','step');else e.removeAttribute('aria-current')});\
var can=function(e,yes){e.setAttribute('aria-disabled',yes?'false':'true');\
e.style.opacity=yes?1:.5;e.style.cursor=yes?'pointer':'not-allowed'};\
d.t.forEach(function(t,k){var m=now[d.m+k];can(r.querySelector('[data-go=\"'+k+'\"]'),m>=0);\
r.querySelector('[data-why=\"'+k+'\"]').textContent=m<0?d.y[-1-m]:'can go'});\
can(r.querySelector('[data-go=back]'),h.length>1);can(r.querySelector('[data-go=start]'),h.length>1);\
var far=now[d.d],end=now[d.e];\
r.querySelector('[role=status]').textContent=end>=0?d.z[end]:\
far<-1?'You can only lose from here: no continuation ends well.':\
far>0?'You can still lose: the nearest bug is '+far+(far>1?' steps':' step')+' away.':d.safe;\
var list=r.querySelector('[data-steps]');list.textContent='';\
for(var i=1;i<h.length;i++){var p=d.s[h[i-1][0]],n=d.s[h[i][0]],k=h[i][1],x=[];\
d.n.forEach(function(f,j){if(f&&n[j]!==p[j])x.push(f+(j>=d.o?' is ':' = ')+say(n,j))});\
all('[data-channel]',function(e){var c=+e.dataset.channel,t=chan(n,c);\
if(t!==chan(p,c))x.push(e.dataset.name+': '+t)});\
var line=r.querySelector('[data-line=\"'+k+':'+p[d.p+k]+'\"] code'),li=document.createElement('li');\
var set=/^(?:store )?(\\w+) =/.exec(line?line.textContent:'');\
if(set)[set[1],d.t[k]+'.'+set[1]].forEach(function(f){var j=d.n.indexOf(f);\
if(j>=0&&n[j]===p[j]&&(f===set[1])===/^store/.test(line.textContent))x.push(f+' = '+say(n,j))});\
li.textContent=d.t[k]+': '+(line?line.textContent:'')+(x.length?'  \\u2192  '+x.join(', '):'');list.appendChild(li)}\
";
