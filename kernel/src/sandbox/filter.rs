//! The system calls that the process that runs cells gives up.
//!
//! It may compute, allocate, start threads, and read and write files that it
//! sees. It may not start programs or processes, look into other processes, open
//! sockets, or change what it sees. Answers hold no `unsafe`, so code gets to a
//! system call through a library; this is for what a library may offer.

use std::collections::BTreeMap;

use anyhow::Context;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Never needed, whatever the arguments.
const NEVER: [i64; 49] = [
    // Programs and other processes.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_tkill,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    libc::SYS_setpriority,
    // The network, and the bridge's socket.
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // What it sees.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    // Memory that no limit counts, and doors into the system.
    libc::SYS_memfd_create,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_personality,
    libc::SYS_mknodat,
];

/// Forbids the calls above, and processes, in all threads of this process.
pub(super) fn apply() -> anyhow::Result<()> {
    let pid = u64::from(std::process::id());
    let mut refused: BTreeMap<i64, Vec<SeccompRule>> =
        NEVER.iter().map(|call| (*call, Vec::new())).collect();
    #[cfg(target_arch = "x86_64")]
    for call in [libc::SYS_fork, libc::SYS_vfork, libc::SYS_mknod] {
        refused.insert(call, Vec::new());
    }
    let thread = u64::try_from(libc::CLONE_THREAD)?;
    // A clone that makes no thread makes a process.
    let makes_process = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(thread),
        0,
    )?;
    refused.insert(
        libc::SYS_clone,
        vec![SeccompRule::new(vec![makes_process])?],
    );
    // `abort` signals its own process.
    for call in [libc::SYS_kill, libc::SYS_tgkill] {
        let another = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, pid)?;
        refused.insert(call, vec![SeccompRule::new(vec![another])?]);
    }
    // Its flags lie in memory, where no filter can look: without it, the C
    // library takes `clone`.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    install(absent, libc::ENOSYS)?;
    install(refused, libc::EPERM)
}

fn install(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> anyhow::Result<()> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(u32::try_from(errno)?),
        arch,
    )?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter_all_threads(&program)
        .context("cannot give up system calls: does the system forbid seccomp?")
}
