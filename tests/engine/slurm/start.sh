#!/usr/bin/env bash
# Starts a Slurm of two nodes on loopback for `make test-engines`, as root, in a folder of its own:
#   apt-get install slurmctld slurmd munge slurm-client
#   export SLURM_CONF=$(tests/engine/slurm/start.sh FOLDER)
# FOLDER/pids names what to end afterwards.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
host=$(hostname -s)
mkdir -p "$folder"/{ctl,d-n1,d-n2,log}
cat > "$folder/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=8695
SlurmctldPidFile=$folder/ctl.pid
SlurmdPidFile=$folder/%n.pid
StateSaveLocation=$folder/ctl
SlurmdSpoolDir=$folder/d-%n
SlurmctldLogFile=$folder/log/ctl.log
SlurmdLogFile=$folder/log/%n.log
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerParameters=batch_sched_delay=0,sched_interval=2
ReturnToService=2
KillWait=30
SlurmdTimeout=20
MessageTimeout=20
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=8696 CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=8697 CPUs=1 State=UNKNOWN
PartitionName=low Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=20
PartitionName=high Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
CONF
export SLURM_CONF="$folder/slurm.conf"
dd if=/dev/urandom of="$folder/munge.key" bs=1 count=1024 status=none
chmod 400 "$folder/munge.key"
chmod 755 "$folder"
/usr/sbin/munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
  --pid-file="$folder/munge.pid" --log-file="$folder/log/munge.log" --seed-file="$folder/munge.seed" >&2
slurmctld -D >&2 2> /dev/null & echo $! > "$folder/pids"
for node in n1 n2; do slurmd -D -N "$node" >&2 2> /dev/null & echo $! >> "$folder/pids"; done
cat "$folder/munge.pid" >> "$folder/pids" || true
for _ in $(seq 60); do
  [ "$(sinfo --noheader --Node --partition=low --states=idle 2> /dev/null | wc -l)" = 2 ] && break
  sleep 1
done
sinfo >&2
echo "$SLURM_CONF"
